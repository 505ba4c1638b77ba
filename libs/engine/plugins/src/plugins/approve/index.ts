import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest, handleReview, wantsComment } from './handle.ts';
import { approveHelp } from './help.ts';

export const approve: Plugin = { name: 'approve', help: approveHelp, onComment: handleComment, wantsComment, onReview: handleReview, onPullRequest: handlePullRequest };
