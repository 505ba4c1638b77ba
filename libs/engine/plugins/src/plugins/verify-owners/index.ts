import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest } from './handle.ts';
import { verifyOwnersHelp } from './help.ts';

export const verifyOwners: Plugin = { name: 'verify-owners', help: verifyOwnersHelp, onPullRequest: handlePullRequest, onComment: handleComment, wantsComment: hasCommand };
