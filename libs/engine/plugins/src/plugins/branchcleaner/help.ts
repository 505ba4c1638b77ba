import type { PluginHelp } from '../../plugin.ts';

export function branchCleanerHelp(): PluginHelp {
  return { Description: 'Deletes branches of the repository once their pull request is merged, unless branch_cleaner.preserved_branches names them.', Snippet: 'branch_cleaner:\n  preserved_branches:\n    org/repo:\n    - release-.*\n', Commands: [] };
}
