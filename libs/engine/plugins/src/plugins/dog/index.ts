import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { dogHelp } from './help.ts';

export const dog: Plugin = { name: 'dog', help: dogHelp, onComment: handleComment, wantsComment: hasCommand };
