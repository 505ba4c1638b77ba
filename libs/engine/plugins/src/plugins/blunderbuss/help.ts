import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function blunderbussHelp({ plugins: { blunderbuss } }: HelpQuery): PluginHelp {
  return {
    Description: 'Asks people whom OWNERS files name for reviews of new pull requests.',
    Config: { '': `Asks ${blunderbuss.request_count} people${blunderbuss.exclude_approvers ? ', no approvers' : ''}${blunderbuss.ignore_drafts ? ', not for drafts' : ''}.` },
    Snippet: 'blunderbuss:\n  request_count: 2\n  exclude_approvers: false\n  ignore_drafts: true\n',
    Commands: [{ Usage: '/auto-cc', Featured: false, Description: 'Chooses reviewers now.', Examples: ['/auto-cc'], WhoCanUse: 'Anyone.' }],
  };
}
