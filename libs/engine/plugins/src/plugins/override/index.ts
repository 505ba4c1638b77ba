import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleOverride } from './handle.ts';
import { overrideHelp } from './help.ts';

export const override: Plugin = { name: 'override', help: overrideHelp, onComment: handleOverride, wantsComment: hasCommand };
