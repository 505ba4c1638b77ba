import type { PluginHelp } from '../../plugin.ts';

export function needsRebaseHelp(): PluginHelp {
  return { Description: 'Labels pull requests that conflict with their base branch with needs-rebase.', Commands: [] };
}
