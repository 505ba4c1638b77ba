import type { Plugin } from '../../plugin.ts';
import { handleMerged } from './handle.ts';
import { configUpdaterHelp } from './help.ts';

export const configUpdater: Plugin = { name: 'config-updater', help: configUpdaterHelp, onPullRequest: handleMerged };
