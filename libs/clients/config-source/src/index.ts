export type {
  ConfigDifference, ConfigListener, ConfigPaths, ConfigSnapshot, ConfigSource, ConfigSourceOptions, ConfigStatus, JobKey,
} from './api.ts';
export { openConfigSource } from './open.ts';
export { fixedConfigSource } from './fixed.ts';
export type { FixedConfigSource } from './fixed.ts';
export { configFlags, configPathsFrom, configSourceFrom } from './flags.ts';
export type { ConfigSettings } from './flags.ts';
export { ConfigLoader } from './load.ts';
export type { LoadResult } from './load.ts';
export { describeFindings, locateFindings, pathText } from './located-finding.ts';
export type { LocatedFinding } from './located-finding.ts';
export { inRepoConfig } from './in-repo-config.ts';
export type { InRepoConfigReader, RepoJobs, RepoState } from './in-repo-config.ts';
export { differenceOf } from './difference.ts';
