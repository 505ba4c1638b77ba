import type { PluginHelp } from '../../plugin.ts';

export function mergeMethodHelp(): PluginHelp {
  return { Description: 'Tells authors of pull requests with several commits how they will be merged, and how to choose.', Commands: [] };
}
