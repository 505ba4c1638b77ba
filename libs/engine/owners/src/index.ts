export { OwnersReader } from './owners-reader.ts';
export type { OwnersReaderOptions, OwnersSettings } from './owners-reader.ts';
export { RepositoryOwners } from './repository-owners.ts';
export type { OwnersProblem } from './repository-owners.ts';
export { frontMatter, normaliseLogin, parseOwners, parseOwnersAliases } from './parse-owners.ts';
export type { OwnersAliases, OwnersFile, OwnersRule } from './parse-owners.ts';
