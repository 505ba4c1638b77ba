/** Plugins of upstream that are left out, each with its reason: said when a configuration switches one on. */
export const refusedPlugins: ReadonlyMap<string, string> = new Map([
  ['buildifier', 'it runs a Go library on Bazel files; a presubmit job that runs buildifier says the same on every change'],
  ['golint', 'golint is no longer maintained and needs Go; a presubmit job that runs a linter says the same on every change'],
  ['project', 'it moves cards of classic projects, which GitHub has closed'],
  ['project-manager', 'it moves cards of classic projects, which GitHub has closed'],
  ['rifle', 'it reads the blame of every changed file for each pull request; blunderbuss asks reviewers by OWNERS'],
]);
