import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleHelp } from './handle.ts';
import { helpHelp } from './help.ts';

export const help: Plugin = { name: 'help', help: helpHelp, onComment: handleHelp, wantsComment: hasCommand };
