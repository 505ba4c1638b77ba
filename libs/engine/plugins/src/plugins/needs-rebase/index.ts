import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest } from './handle.ts';
import { needsRebaseHelp } from './help.ts';

/** Upstream runs it as an external plugin; here it can be switched on like the others. */
export const needsRebase: Plugin = { name: 'needs-rebase', help: needsRebaseHelp, onPullRequest: handlePullRequest, onComment: handleComment };
