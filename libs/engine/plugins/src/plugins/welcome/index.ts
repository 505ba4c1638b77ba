import type { Plugin } from '../../plugin.ts';
import { handleWelcome } from './handle.ts';
import { welcomeHelp } from './help.ts';

export const welcome: Plugin = { name: 'welcome', help: welcomeHelp, onPullRequest: handleWelcome };
