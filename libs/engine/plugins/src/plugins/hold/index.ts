import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleHold } from './handle.ts';
import { holdHelp } from './help.ts';

export const hold: Plugin = { name: 'hold', help: holdHelp, onComment: handleHold, wantsComment: hasCommand };
