import { lgtmFor } from '@prow/model-plugin-config';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function lgtmHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const config: Record<string, string> = {};
  for (const key of enabledRepos) {
    const [org = '', repo = ''] = key.split('/');
    const settings = lgtmFor(plugins, org, repo);
    const says: string[] = [];
    if (settings.review_acts_as_lgtm) says.push('An approving review counts as an LGTM.');
    if (settings.store_tree_hash) says.push('Pushes that do not change the content keep the label.');
    if (settings.trusted_team_for_sticky_lgtm) says.push(`Pull requests of members of the team ${settings.trusted_team_for_sticky_lgtm} keep the label.`);
    if (says.length > 0) config[key] = says.join(' ');
  }
  return {
    Description: 'Manages the label lgtm, which says that somebody has looked at a pull request and finds it good. New commits take it off.',
    Config: config,
    Snippet: 'lgtm:\n- repos:\n  - org/repo\n  review_acts_as_lgtm: true\n  store_tree_hash: true\n  trusted_team_for_sticky_lgtm: release-managers\n',
    Commands: [
      {
        Usage: '/lgtm [cancel] or a GitHub review',
        Featured: true,
        Description: 'Adds or removes the label lgtm.',
        Examples: ['/lgtm', '/lgtm cancel', '/remove-lgtm'],
        WhoCanUse: 'Collaborators of the repository, but not the author, who can only cancel; where collaborators are not looked at, owners of what changes.',
      },
    ],
  };
}
