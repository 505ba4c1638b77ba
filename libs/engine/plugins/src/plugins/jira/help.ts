import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function jiraHelp({ plugins }: HelpQuery): PluginHelp {
  const disabled = plugins.jira?.disabled_jira_projects ?? [];
  return {
    Description: 'Makes links of the names of issues in Jira, and gives those issues a link back.',
    ...(disabled.length === 0 ? {} : { Config: { '': `Not of these projects: ${disabled.join(', ')}.` } }),
    Snippet: 'jira:\n  disabled_jira_projects:\n  - ENTERPRISE\n',
    Commands: [],
  };
}
