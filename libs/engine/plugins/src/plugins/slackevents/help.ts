import type { HelpQuery, PluginHelp } from '../../plugin.ts';
import { mergeWarningFor } from './merge-warning.ts';

export function slackEventsHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const { mentionchannels = [], mergewarnings = [] } = plugins.slack ?? {};
  const about = (key: string): string => {
    const [org = '', repo = ''] = key.split('/');
    const warning = mergeWarningFor(mergewarnings, org, repo);
    return warning === undefined ? 'Pushes are not watched.' : `Pushes of people are told in ${(warning.channels ?? []).join(', ')}, but those of ${(warning.exempt_users ?? []).join(', ') || 'nobody'}.`;
  };
  return {
    Description: 'Tells Slack channels when their group is mentioned on GitHub, and when a person pushes where only robots merge.',
    Config: { '': `Mentions are told in: ${mentionchannels.join(', ') || 'no channel'}.`, ...Object.fromEntries(enabledRepos.map((key) => [key, about(key)])) },
    Snippet: 'slack:\n  mentionchannels:\n  - sig-testing\n  mergewarnings:\n  - repos:\n    - org/repo\n    channels:\n    - releases\n    exempt_users:\n    - ci-robot\n    exempt_branches:\n      dev:\n      - alice\n',
    Commands: [],
  };
}
