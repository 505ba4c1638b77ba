import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest } from './handle.ts';
import { cherryPickerHelp } from './help.ts';

/** Upstream runs it as an external plugin; here it can be switched on like the others. */
export const cherrypicker: Plugin = { name: 'cherrypicker', help: cherryPickerHelp, onComment: handleComment, wantsComment: hasCommand, onPullRequest: handlePullRequest };
