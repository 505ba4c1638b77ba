import type { Plugin } from '../../plugin.ts';
import { handleCommitMessages } from './handle.ts';
import { invalidCommitMessageHelp } from './help.ts';

export const invalidcommitmsg: Plugin = { name: 'invalidcommitmsg', help: invalidCommitMessageHelp, onPullRequest: handleCommitMessages };
