import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleAssignOn } from './assign-on.ts';
import { handleLabel } from './handle.ts';
import { labelHelp } from './help.ts';

export const label: Plugin = { name: 'label', help: labelHelp, onComment: handleLabel, wantsComment: hasCommand, onPullRequest: handleAssignOn };
