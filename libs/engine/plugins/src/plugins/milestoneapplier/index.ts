import type { Plugin } from '../../plugin.ts';
import { handlePullRequest } from './handle.ts';
import { milestoneApplierHelp } from './help.ts';

export const milestoneapplier: Plugin = { name: 'milestoneapplier', help: milestoneApplierHelp, onPullRequest: handlePullRequest };
