import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest, handleStatus } from './handle.ts';
import { blunderbussHelp } from './help.ts';

export const blunderbuss: Plugin = { name: 'blunderbuss', help: blunderbussHelp, onPullRequest: handlePullRequest, onComment: handleComment, wantsComment: hasCommand, onStatus: handleStatus };
