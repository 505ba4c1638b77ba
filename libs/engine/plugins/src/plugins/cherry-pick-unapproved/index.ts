import type { Plugin } from '../../plugin.ts';
import { handlePullRequest } from './handle.ts';
import { cherryPickUnapprovedHelp } from './help.ts';

export const cherryPickUnapproved: Plugin = { name: 'cherry-pick-unapproved', help: cherryPickUnapprovedHelp, onPullRequest: handlePullRequest };
