import type { PluginHelp } from '../../plugin.ts';

export function wipHelp(): PluginHelp {
  return {
    Description: 'Puts the label do-not-merge/work-in-progress on pull requests that are drafts or whose title begins with WIP, and takes it off when they no longer are.',
    Commands: [],
  };
}
