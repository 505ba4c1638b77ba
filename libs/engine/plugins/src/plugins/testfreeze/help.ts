import type { PluginHelp } from '../../plugin.ts';

export function testFreezeHelp(): PluginHelp {
  return { Description: "Tells authors of pull requests to kubernetes/kubernetes' master when a Code Freeze or Test Freeze is in force, and what that means.", Commands: [] };
}
