import type { HelpQuery, PluginHelp } from '../../plugin.ts';
import { stateText } from './check-bug.ts';
import { bugOptionsFor } from './options.ts';

export function bugzillaHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const about = (key: string): string => {
    const [org = '', repo = ''] = key.split('/');
    const options = bugOptionsFor(plugins, { org, repo, branch: '*' });
    const parts = [
      options.is_open ? 'must be open' : '',
      options.target_release ? `must target ${options.target_release}` : '',
      options.valid_states ? `must be ${options.valid_states.map(stateText).join(' or ')}` : '',
      options.state_after_validation ? `move to ${stateText(options.state_after_validation)} when they are valid` : '',
      options.state_after_merge ? `move to ${stateText(options.state_after_merge)} when all is merged` : '',
    ].filter((part) => part !== '');
    return parts.length === 0 ? 'Nothing is asked of bugs.' : `Bugs ${parts.join(', ')}.`;
  };
  return {
    Description: 'Ties pull requests to the bug in Bugzilla that their title names (`Bug 123: …`): checks it, labels the pull request, links them, moves the bug on.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, about(key)])),
    Snippet: "bugzilla:\n  default:\n    '*':\n      is_open: true\n      valid_states:\n      - status: NEW\n      state_after_validation:\n        status: POST\n      add_external_link: true\n      state_after_merge:\n        status: MODIFIED\n  orgs:\n    org:\n      repos:\n        repo:\n          branches:\n            release-1.0:\n              target_release: 1.0.z\n",
    Commands: [
      { Usage: '/bugzilla refresh', Featured: false, Description: 'Looks at the bug again.', Examples: ['/bugzilla refresh'], WhoCanUse: 'Anyone.' },
      { Usage: '/bugzilla cc-qa', Featured: false, Description: "Looks at the bug again and asks its QA contact for a review.", Examples: ['/bugzilla cc-qa'], WhoCanUse: 'Anyone.' },
      { Usage: '/bugzilla assign-qa', Featured: false, Description: 'The older name of /bugzilla cc-qa.', Examples: ['/bugzilla assign-qa'], WhoCanUse: 'Anyone.' },
    ],
  };
}
