import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleMilestoneStatus } from './handle.ts';
import { milestoneStatusHelp } from './help.ts';

export const milestonestatus: Plugin = { name: 'milestonestatus', help: milestoneStatusHelp, onComment: handleMilestoneStatus, wantsComment: hasCommand };
