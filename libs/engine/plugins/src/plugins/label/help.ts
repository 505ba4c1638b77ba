import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function labelHelp({ plugins }: HelpQuery): PluginHelp {
  const additional = plugins.label?.additional_labels ?? [];
  return {
    Description: 'Sets and removes labels. Categories: area, committee, kind, language, priority, sig, triage, wg. When the last label of kind, priority, sig or triage goes, needs-… comes, where the repository has it.',
    Config: { '': additional.length === 0 ? 'No further labels may be set with /label.' : `Labels that may be set with /label: ${additional.join(', ')}.` },
    Commands: [
      {
        Usage: '/[remove-](area|committee|kind|language|priority|sig|triage|wg|label) <label>...',
        Featured: false,
        Description: 'Sets or removes labels of a category, or (label) one of those configured.',
        Examples: ['/kind bug', '/remove-area prow', '/sig testing', '/label custom'],
        WhoCanUse: 'Anyone; triage/accepted members of the organisation only, restricted labels as configured.',
      },
    ],
  };
}
