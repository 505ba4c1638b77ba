import type { Plugin } from '../../plugin.ts';
import { handleReview } from './handle.ts';
import { cherryPickApprovedHelp } from './help.ts';

export const cherryPickApproved: Plugin = { name: 'cherry-pick-approved', help: cherryPickApprovedHelp, onReview: handleReview };
