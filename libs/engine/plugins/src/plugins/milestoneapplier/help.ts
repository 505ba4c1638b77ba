import type { PluginHelp } from '../../plugin.ts';

export function milestoneApplierHelp(): PluginHelp {
  return { Description: 'Sets the milestone that belongs to the base branch.', Snippet: 'milestone_applier:\n  org/repo:\n    main: v2.0\n', Commands: [] };
}
