import type { Plugin } from '../../plugin.ts';
import { handleMergeMethod } from './handle.ts';
import { mergeMethodHelp } from './help.ts';

export const mergeMethodComment: Plugin = { name: 'merge-method-comment', help: mergeMethodHelp, onPullRequest: handleMergeMethod };
