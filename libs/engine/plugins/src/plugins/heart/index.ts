import type { Plugin } from '../../plugin.ts';
import { handleIssueComment, handlePullRequest } from './handle.ts';
import { heartHelp } from './help.ts';

export const heart: Plugin = { name: 'heart', help: heartHelp, onIssueComment: handleIssueComment, onPullRequest: handlePullRequest };
