import type { HookSettings } from './flags.ts';

/** Whether events of a repository are handled: any enabled flag makes an allowlist, a disabled one wins. */
export function isRepositoryHandled(
  { enabledOrgs, enabledRepos, disabledOrgs, disabledRepos }: Pick<HookSettings, 'enabledOrgs' | 'enabledRepos' | 'disabledOrgs' | 'disabledRepos'>,
  { org, repo }: { org: string; repo: string },
): boolean {
  const name = `${org}/${repo}`;
  if (disabledOrgs.includes(org) || disabledRepos.includes(name)) return false;
  if (enabledOrgs.length === 0 && enabledRepos.length === 0) return true;
  return enabledOrgs.includes(org) || enabledRepos.includes(name);
}
