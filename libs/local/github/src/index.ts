export { startLocalGitHub } from './start-local-github.ts';
export type { LocalGitHub, LocalGitHubOptions } from './start-local-github.ts';
export type { AppSeed, Seeding, ContentSeed, HookSeed, LabelSeed, OrganizationSeed, RepositorySeed, TeamSeed, UserSeed } from './seed/seed.ts';
