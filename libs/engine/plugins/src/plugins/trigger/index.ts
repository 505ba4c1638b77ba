import type { Plugin } from '../../plugin.ts';
import { handleComment, wantsComment } from './handle-comment.ts';
import { handlePullRequest } from './handle-pull-request.ts';
import { handlePush } from './handle-push.ts';
import { triggerHelp } from './help.ts';

export const trigger: Plugin = {
  name: 'trigger',
  help: triggerHelp,
  onComment: handleComment,
  wantsComment,
  onPullRequest: handlePullRequest,
  onPush: handlePush,
};
