import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleAssign } from './handle.ts';
import { assignHelp } from './help.ts';

export const assign: Plugin = { name: 'assign', help: assignHelp, onComment: handleAssign, wantsComment: hasCommand };
