import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleRetitle } from './handle.ts';
import { retitleHelp } from './help.ts';

export const retitle: Plugin = { name: 'retitle', help: retitleHelp, onComment: handleRetitle, wantsComment: hasCommand };
