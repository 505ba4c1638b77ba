import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handlePullRequest } from './handle.ts';
import { dcoHelp } from './help.ts';

export const dco: Plugin = { name: 'dco', help: dcoHelp, onPullRequest: handlePullRequest, onComment: handleComment, wantsComment: hasCommand };
