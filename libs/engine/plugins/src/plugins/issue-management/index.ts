import { hasCommand } from '../../command-regex.ts';
import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { issueManagementHelp } from './help.ts';

/** upstream: pkg/plugins/issue-management */
export const issueManagement: Plugin = { name: 'issue-management', help: issueManagementHelp, onComment: handleComment, wantsComment: hasCommand };
