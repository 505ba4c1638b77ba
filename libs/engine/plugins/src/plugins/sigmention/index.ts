import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { sigMentionHelp } from './help.ts';

export const sigmention: Plugin = { name: 'sigmention', help: sigMentionHelp, onComment: handleComment };
