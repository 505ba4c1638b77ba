import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleShrug } from './handle.ts';
import { shrugHelp } from './help.ts';

export const shrug: Plugin = { name: 'shrug', help: shrugHelp, onComment: handleShrug, wantsComment: hasCommand };
