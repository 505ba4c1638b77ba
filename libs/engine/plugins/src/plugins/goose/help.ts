import type { PluginHelp } from '../../plugin.ts';

export function gooseHelp(): PluginHelp {
  return { Description: 'A picture of a goose.', Commands: [{ Usage: '/honk', Featured: false, Description: 'A picture of a goose.', Examples: ['/honk'], WhoCanUse: 'Anyone.' }] };
}
