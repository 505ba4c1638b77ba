import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringFlag, type FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { GitClient } from './api.ts';
import { createGitClient, type GitClientOptions } from './create-git-client.ts';

/** The flags of every app that reads repositories. */
export const gitFlags = {
  gitCacheDir: stringFlag('git-cache-dir', { help: 'where copies of git repositories are kept; default: a folder in the system temporary folder' }),
} as const;

export type GitSettings = FlagValues<typeof gitFlags>;

/** The client that the flags describe. `webUrl` and `credentials` are those of the GitHub client's flags. */
export function gitClientFrom(settings: GitSettings, parts: Omit<GitClientOptions, 'cacheDir'> & { log: Logger }): GitClient {
  const { gitCacheDir } = settings;
  return createGitClient({ ...parts, cacheDir: gitCacheDir ?? join(tmpdir(), `prow-git-cache-${process.getuid?.() ?? 0}`) });
}
