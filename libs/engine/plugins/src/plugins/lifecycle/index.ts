import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleLifecycle } from './handle.ts';
import { lifecycleHelp } from './help.ts';

export const lifecycle: Plugin = { name: 'lifecycle', help: lifecycleHelp, onComment: handleLifecycle, wantsComment: hasCommand };
