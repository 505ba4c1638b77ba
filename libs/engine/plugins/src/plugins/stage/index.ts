import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleStage } from './handle.ts';
import { stageHelp } from './help.ts';

export const stage: Plugin = { name: 'stage', help: stageHelp, onComment: handleStage, wantsComment: hasCommand };
