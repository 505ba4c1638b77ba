import type { PluginHelp } from '../../plugin.ts';

export function dogHelp(): PluginHelp {
  return { Description: 'A picture of a dog.', Commands: [{ Usage: '/(woof|bark|this-is-{fine|not-fine|unbearable})', Featured: false, Description: 'A picture of a dog.', Examples: ['/woof', '/bark', '/this-is-fine'], WhoCanUse: 'Anyone.' }] };
}
