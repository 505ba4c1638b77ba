import type { PluginHelp } from '../../plugin.ts';

export function mergeCommitBlockerHelp(): PluginHelp {
  return { Description: 'Holds back pull requests that contain merge commits, with the label do-not-merge/contains-merge-commits.', Commands: [] };
}
