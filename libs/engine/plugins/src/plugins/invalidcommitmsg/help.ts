import type { PluginHelp } from '../../plugin.ts';

export function invalidCommitMessageHelp(): PluginHelp {
  return { Description: 'Holds back pull requests whose commit messages or title close issues, or whose commits are still to be squashed, with the label do-not-merge/invalid-commit-message.', Commands: [] };
}
