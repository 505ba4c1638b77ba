import type { PluginHelp } from '../../plugin.ts';

export function helpHelp(): PluginHelp {
  return {
    Description: 'Marks issues that look for a contributor, or that suit a newcomer.',
    Commands: [
      {
        Usage: '/[remove-]help',
        Featured: false,
        Description: 'Adds or removes the label "help wanted"; removing it removes "good first issue", too.',
        Examples: ['/help', '/remove-help'],
        WhoCanUse: 'Anyone.',
      },
      {
        Usage: '/[remove-]good-first-issue',
        Featured: false,
        Description: 'Adds the labels "good first issue" and "help wanted", or removes the former.',
        Examples: ['/good-first-issue', '/remove-good-first-issue'],
        WhoCanUse: 'Anyone.',
      },
    ],
  };
}
