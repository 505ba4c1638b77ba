import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { ponyHelp } from './help.ts';

export const pony: Plugin = { name: 'pony', help: ponyHelp, onComment: handleComment, wantsComment: hasCommand };
