import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { catHelp } from './help.ts';

export const catPlugin: Plugin = { name: 'cat', help: catHelp, onComment: handleComment, wantsComment: hasCommand };
