import type { Plugin } from '../../plugin.ts';
import { handleComment } from './handle.ts';
import { jiraHelp } from './help.ts';

/** upstream: pkg/plugins/jira */
export const jiraPlugin: Plugin = { name: 'jira', help: jiraHelp, onComment: handleComment };
