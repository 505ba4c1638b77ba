import { triggerFor } from '@prow/model-plugin-config';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function triggerHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const config: Record<string, string> = {};
  for (const key of enabledRepos) {
    const [org = '', repo = ''] = key.split('/');
    const settings = triggerFor(plugins, org, repo);
    const who = settings.only_org_members ? `members of ${org}` : `members of ${org} and collaborators`;
    config[key] = `Jobs run by themselves for ${who}; ${settings.ignore_ok_to_test ? '/ok-to-test is switched off' : 'others need /ok-to-test'}.`;
  }
  const command = (Usage: string, Description: string, WhoCanUse: string, Featured = false) => ({ Usage, Featured, Description, Examples: [Usage.replace(/\[.*$/, '').trim()], WhoCanUse });
  const trustedOrOk = 'Trusted users; anyone on a trusted pull request.';
  return {
    Description: 'Starts jobs for pull requests and pushes, by themselves and on request, and stops those a new push makes useless.',
    Config: config,
    Commands: [
      command('/ok-to-test', 'Marks a pull request of somebody who is not trusted as safe to run; with cancel, takes that back.', 'Trusted users.'),
      { ...command('/test [<job>|all|?]', 'Runs one job, or all that run by themselves; ? lists them.', trustedOrOk, true), Examples: ['/test all', '/test pull-unit', '/test ?'] },
      command('/retest', 'Runs again all jobs that failed.', trustedOrOk, true),
      command('/retest-required', 'Runs again all required jobs that failed.', trustedOrOk),
      command('/test-manual-required', 'Runs all required jobs that run only when asked for.', trustedOrOk),
    ],
  };
}
