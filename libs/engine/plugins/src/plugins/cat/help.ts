import type { PluginHelp } from '../../plugin.ts';

export function catHelp(): PluginHelp {
  return { Description: 'A picture of a cat.', Commands: [{ Usage: '/meow(vie) [breed]', Featured: false, Description: 'A picture of a cat.', Examples: ['/meow', '/meow bengal', '/meowvie'], WhoCanUse: 'Anyone.' }] };
}
