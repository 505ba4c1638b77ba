import type { Plugin } from '../../plugin.ts';
import { handleBlockade } from './handle.ts';
import { blockadeHelp } from './help.ts';

export const blockade: Plugin = { name: 'blockade', help: blockadeHelp, onPullRequest: handleBlockade };
