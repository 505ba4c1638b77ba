import type { PluginHelp } from '../../plugin.ts';

export function shrugHelp(): PluginHelp {
  return { Description: 'A label for shrugs.', Commands: [{ Usage: '/[un]shrug', Featured: false, Description: 'Adds or removes the label.', Examples: ['/shrug', '/unshrug'], WhoCanUse: 'Anyone.' }] };
}
