import type { Plugin } from '../../plugin.ts';
import { handleWip } from './handle.ts';
import { wipHelp } from './help.ts';

export const wip: Plugin = { name: 'wip', help: wipHelp, onPullRequest: handleWip };
