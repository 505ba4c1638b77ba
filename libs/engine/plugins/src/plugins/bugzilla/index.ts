import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest } from './handle.ts';
import { bugzillaHelp } from './help.ts';

/** upstream: pkg/plugins/bugzilla */
export const bugzillaPlugin: Plugin = { name: 'bugzilla', help: bugzillaHelp, onComment: handleComment, wantsComment: hasCommand, onPullRequest: handlePullRequest };
