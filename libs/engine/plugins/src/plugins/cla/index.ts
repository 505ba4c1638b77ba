import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment, handleStatus } from './handle.ts';
import { claHelp } from './help.ts';

export const cla: Plugin = { name: 'cla', help: claHelp, onStatus: handleStatus, onComment: handleComment, wantsComment: hasCommand };
