import type { PluginConfig } from '@prow/model-plugin-config';

export type MergeWarning = NonNullable<NonNullable<PluginConfig['slack']>['mergewarnings']>[number];

/** The first that names the repository, else the first that names its org. upstream: getMergeWarning */
export function mergeWarningFor(warnings: readonly MergeWarning[], org: string, repo: string): MergeWarning | undefined {
  return warnings.find(({ repos }) => repos?.includes(`${org}/${repo}`)) ?? warnings.find(({ repos }) => repos?.includes(org));
}

export function isExempt({ exempt_users = [], exempt_branches = {} }: MergeWarning, { login, branch }: { login: string; branch: string }): boolean {
  const ofBranch = Object.hasOwn(exempt_branches, branch) ? exempt_branches[branch] ?? [] : [];
  return [...exempt_users, ...ofBranch].some((name) => name.replace(/^@/, '').toLowerCase() === login.toLowerCase());
}
