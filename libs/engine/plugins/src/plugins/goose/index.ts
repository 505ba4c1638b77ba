import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { gooseHelp } from './help.ts';

export const goose: Plugin = { name: 'goose', help: gooseHelp, onComment: handleComment, wantsComment: hasCommand };
