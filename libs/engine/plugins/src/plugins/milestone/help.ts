import { milestoneMaintainers } from '../../milestone-maintainers.ts';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function milestoneHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const who = (key: string): string => milestoneMaintainers(plugins, key.split('/')[0] ?? '', key.split('/')[1] ?? '').slug;
  return {
    Description: 'Sets the milestone of issues and pull requests.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, `Members of the team ${who(key) || '(none configured)'} may set milestones.`])),
    Snippet: 'repo_milestone:\n  "":\n    maintainers_team: maintainers\n    maintainers_friendly_name: the maintainers\n',
    Commands: [{ Usage: '/milestone <title> or /milestone clear', Featured: false, Description: 'Sets or clears the milestone.', Examples: ['/milestone v1.10', '/milestone clear'], WhoCanUse: 'Members of the configured team.' }],
  };
}
