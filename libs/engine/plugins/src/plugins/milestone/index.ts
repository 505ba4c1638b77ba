import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleMilestone } from './handle.ts';
import { milestoneHelp } from './help.ts';

export const milestone: Plugin = { name: 'milestone', help: milestoneHelp, onComment: handleMilestone, wantsComment: hasCommand };
