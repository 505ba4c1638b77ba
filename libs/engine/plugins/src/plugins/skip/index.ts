import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleSkip } from './handle.ts';
import { skipHelp } from './help.ts';

export const skip: Plugin = { name: 'skip', help: skipHelp, onComment: handleSkip, wantsComment: hasCommand };
