import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { trickOrTreatHelp } from './help.ts';

export const trickOrTreat: Plugin = { name: 'trick-or-treat', help: trickOrTreatHelp, onComment: handleComment, wantsComment: hasCommand };
