import { approveFor } from '@prow/model-plugin-config';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function approveHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const config: Record<string, string> = {};
  for (const key of enabledRepos) {
    const [org = '', repo = ''] = key.split('/');
    const settings = approveFor(plugins, org, repo);
    config[key] = [
      settings.issue_required ? 'A pull request must name an issue.' : 'A pull request need not name an issue.',
      settings.require_self_approval ? 'Authors must approve for themselves.' : 'Authors who are approvers approve by opening.',
      settings.lgtm_acts_as_approve ? '/lgtm approves.' : '',
      settings.ignore_review_state ? 'Reviews do not count.' : 'An approving review approves, one that asks for changes takes it back.',
    ]
      .filter((line) => line !== '')
      .join(' ');
  }
  return {
    Description: 'Asks for the approval of those whom OWNERS files name for what changes, sets the label approved when all have agreed, and keeps one comment that says how far that is.',
    Config: config,
    Snippet: 'approve:\n- repos:\n  - org/repo\n  require_self_approval: true\n  issue_required: false\n',
    Commands: [
      {
        Usage: '/[remove-]approve [no-issue|cancel]',
        Featured: true,
        Description: 'Approves a pull request, or takes that back.',
        Examples: ['/approve', '/approve no-issue', '/remove-approve', '/approve cancel'],
        WhoCanUse: 'Approvers that OWNERS name for the changed files.',
      },
    ],
  };
}
