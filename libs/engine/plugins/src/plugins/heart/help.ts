import type { PluginHelp } from '../../plugin.ts';

export function heartHelp(): PluginHelp {
  return { Description: 'Likes comments of people who are adored, and pull requests that add owners.', Snippet: 'heart:\n  adorees: [login]\n  commentregexp: ".*"\n', Commands: [] };
}
