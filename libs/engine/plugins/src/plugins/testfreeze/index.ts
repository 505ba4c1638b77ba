import type { Plugin } from '../../plugin.ts';
import { handlePullRequest } from './handle.ts';
import { testFreezeHelp } from './help.ts';

/** upstream: pkg/plugins/testfreeze */
export const testfreeze: Plugin = { name: 'testfreeze', help: testFreezeHelp, onPullRequest: handlePullRequest };
