import type { PluginHelp } from '../../plugin.ts';

export function claHelp(): PluginHelp {
  return {
    Description: 'Labels pull requests by the status EasyCLA: whether their authors have signed the contributor agreement.',
    Commands: [{ Usage: '/check-cla', Featured: true, Description: 'Looks at the status again.', Examples: ['/check-cla'], WhoCanUse: 'Anyone.' }],
  };
}
