import type { Plugin } from '../../plugin.ts';
import { handleMergeCommits } from './handle.ts';
import { mergeCommitBlockerHelp } from './help.ts';

export const mergecommitblocker: Plugin = { name: 'mergecommitblocker', help: mergeCommitBlockerHelp, onPullRequest: handleMergeCommits };
