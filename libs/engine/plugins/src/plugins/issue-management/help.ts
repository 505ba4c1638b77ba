import type { PluginHelp } from '../../plugin.ts';

export function issueManagementHelp(): PluginHelp {
  return {
    Description: 'Links issues to pull requests, moves issues to other repositories of the organisation, pins them.',
    Commands: [
      { Usage: '/[un]link-issue <issue>...', Featured: false, Description: 'Adds issues to the line "Fixes" of the description, or takes them away.', Examples: ['/link-issue 1234', '/link-issue 12 org/repo#789', '/unlink-issue 1234'], WhoCanUse: 'Members of the organisation, on pull requests.' },
      { Usage: '/transfer[-issue] <repository>', Featured: false, Description: 'Moves an issue to another repository of the organisation.', Examples: ['/transfer website', '/transfer-issue website'], WhoCanUse: 'Members of the organisation, on issues.' },
      { Usage: '/[un]pin-issue', Featured: false, Description: 'Pins an issue to the top of the list, or takes it from there.', Examples: ['/pin-issue', '/unpin-issue'], WhoCanUse: 'Approvers of the OWNERS file at the top of the repository, on issues.' },
    ],
  };
}
