import type { PluginHelp } from '../../plugin.ts';

export function ownersLabelHelp(): PluginHelp {
  return { Description: 'Sets the labels that OWNERS files name for changed files.', Commands: [] };
}
