import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function requireMatchingLabelHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const about = (key: string): string => {
    const [org, repo] = key.split('/');
    const rules = (plugins.require_matching_label ?? []).filter((rule) => rule.org === org && (!rule.repo || rule.repo === repo));
    return rules.map((rule) => `Without a label that matches ${rule.regexp ?? ''}, ${rule.missing_label ?? ''} is set.`).join(' ') || 'Nothing is required.';
  };
  return {
    Description: 'Asks for labels: sets one that says so while none that matches is there.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, about(key)])),
    Snippet: 'require_matching_label:\n- org: org\n  repo: repo\n  prs: true\n  regexp: ^kind/\n  missing_label: needs-kind\n  missing_comment: Please add a kind.\n',
    Commands: [{ Usage: '/check-required-labels', Featured: false, Description: 'Looks at the labels again.', Examples: ['/check-required-labels'], WhoCanUse: 'Anyone.' }],
  };
}
