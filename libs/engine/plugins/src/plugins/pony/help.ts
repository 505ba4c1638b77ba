import type { PluginHelp } from '../../plugin.ts';

export function ponyHelp(): PluginHelp {
  return { Description: 'A picture of a pony.', Commands: [{ Usage: '/pony [tag]', Featured: false, Description: 'A picture of a pony.', Examples: ['/pony', '/pony twilight'], WhoCanUse: 'Anyone.' }] };
}
