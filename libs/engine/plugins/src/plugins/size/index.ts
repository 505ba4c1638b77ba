import type { Plugin } from '../../plugin.ts';
import { handleSize } from './handle.ts';
import { sizeHelp } from './help.ts';

export const size: Plugin = { name: 'size', help: sizeHelp, onPullRequest: handleSize };
