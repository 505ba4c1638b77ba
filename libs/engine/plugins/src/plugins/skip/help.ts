import type { PluginHelp } from '../../plugin.ts';

export function skipHelp(): PluginHelp {
  return {
    Description: 'Makes contexts of optional jobs that are not green count as passed.',
    Commands: [{ Usage: '/skip', Featured: false, Description: 'Turns contexts green that are not required.', Examples: ['/skip'], WhoCanUse: 'Anyone.' }],
  };
}
