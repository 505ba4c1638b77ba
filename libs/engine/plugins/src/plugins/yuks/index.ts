import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { yuksHelp } from './help.ts';

export const yuks: Plugin = { name: 'yuks', help: yuksHelp, onComment: handleComment, wantsComment: hasCommand };
