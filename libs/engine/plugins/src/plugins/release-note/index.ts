import type { Plugin } from '../../plugin.ts';
import { handleCommand } from './handle-command.ts';
import { handlePullRequest } from './handle-pull-request.ts';
import { releaseNoteHelp } from './help.ts';

export const releaseNote: Plugin = { name: 'release-note', help: releaseNoteHelp, onPullRequest: handlePullRequest, onIssueComment: handleCommand };
