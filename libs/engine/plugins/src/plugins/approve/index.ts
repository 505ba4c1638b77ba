import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest, handleReview } from './handle.ts';
import { approveHelp } from './help.ts';

export const approve: Plugin = { name: 'approve', help: approveHelp, onComment: handleComment, wantsComment: hasCommand, onReview: handleReview, onPullRequest: handlePullRequest };
