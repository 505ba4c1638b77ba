import type { PluginHelp } from '../../plugin.ts';

export function trickOrTreatHelp(): PluginHelp {
  return { Description: 'Sweets.', Commands: [{ Usage: '/trick-or-treat', Featured: false, Description: 'Sweets.', Examples: ['/trick-or-treat'], WhoCanUse: 'Anyone.' }] };
}
