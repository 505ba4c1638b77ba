import type { Plugin } from '../../plugin.ts';
import { handleMerged } from './handle.ts';
import { branchCleanerHelp } from './help.ts';

export const branchcleaner: Plugin = { name: 'branchcleaner', help: branchCleanerHelp, onPullRequest: handleMerged };
