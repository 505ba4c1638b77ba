import { dcoFor } from '@prow/model-plugin-config';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function dcoHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const about = (key: string): string => {
    const settings = dcoFor(plugins, key.split('/')[0] ?? '', key.split('/')[1] ?? '');
    const exempt = [settings.skip_dco_check_for_members ? 'members' : '', settings.skip_dco_check_for_collaborators ? 'collaborators' : ''].filter((who) => who !== '');
    return exempt.length === 0 ? 'Everybody has to sign off.' : `Commits of ${exempt.join(' and ')} need no sign-off.`;
  };
  return {
    Description: 'Checks that every commit is signed off (Signed-off-by), and says so with a status, labels and a comment.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, about(key)])),
    Snippet: 'dco:\n  org/repo:\n    skip_dco_check_for_members: true\n    trusted_org: org\n',
    Commands: [{ Usage: '/check-dco', Featured: false, Description: 'Checks again.', Examples: ['/check-dco'], WhoCanUse: 'Anyone.' }],
  };
}
