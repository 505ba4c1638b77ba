import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handleReview } from './handle.ts';
import { handlePush } from './handle-push.ts';
import { lgtmHelp } from './help.ts';

export const lgtm: Plugin = { name: 'lgtm', help: lgtmHelp, onComment: handleComment, wantsComment: hasCommand, onReview: handleReview, onPullRequest: handlePush };
