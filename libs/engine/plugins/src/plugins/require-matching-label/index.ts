import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handleIssue, handlePullRequest } from './handle.ts';
import { requireMatchingLabelHelp } from './help.ts';

export const requireMatchingLabel: Plugin = {
  name: 'require-matching-label',
  help: requireMatchingLabelHelp,
  onIssue: handleIssue,
  onPullRequest: handlePullRequest,
  onComment: handleComment,
  wantsComment: hasCommand,
};
