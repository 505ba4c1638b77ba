import type { HelpQuery, PluginHelp } from '../../plugin.ts';
import { whoMayOverride } from './authorise.ts';

export function overrideHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const who = (key: string): string => whoMayOverride(plugins, key.split('/')[0] ?? '', key.split('/')[1] ?? '');
  const command = (Usage: string, Description: string, Examples: string[]) => ({ Usage, Featured: false, Description, Examples, WhoCanUse: 'Administrators of the repository, and others as configured.' });
  return {
    Description: 'Makes failed contexts count as passed, for when a failure has nothing to do with the change.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, `May override: ${who(key)}.`])),
    Snippet: 'override:\n  allow_top_level_owners: true\n  allowed_github_teams:\n    org/repo:\n    - team-slug\n',
    Commands: [
      command('/override <context>...', 'Sets contexts to success.', ['/override pull-unit', '/override "test / Unit Tests" other']),
      command('/override-sticky <context>...', 'As /override, and it lasts when the base branch moves.', ['/override-sticky pull-unit']),
      command('/override-cancel [<context>...]', 'Takes overrides back: those named, or all.', ['/override-cancel', '/override-cancel pull-unit']),
    ],
  };
}
