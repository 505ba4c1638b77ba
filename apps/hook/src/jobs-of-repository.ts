import { isTransient, messageOf } from '@prow/base-errors';
import { type ConfigSource, inRepoConfig } from '@prow/clients-config-source';
import type { GitClient } from '@prow/clients-git';
import type { JobsOfRepository, JobsQuery } from '@prow/engine-plugins';
import { isInRepoConfigEnabled, postsubmitsFor, presubmitsFor } from '@prow/model-config';

/** Static jobs of a repository, and its own where in-repo configuration is switched on. */
export function jobsOfRepository({ source, git }: { source: ConfigSource; git: GitClient }): (query: JobsQuery) => Promise<JobsOfRepository> {
  const reader = inRepoConfig({ git });
  return async ({ org, repo, baseSha, headShas, refs, isStaticOnly }) => {
    const snapshot = source.current();
    const name = `${org}/${repo}`;
    const central = { presubmits: presubmitsFor(snapshot.config, name), postsubmits: postsubmitsFor(snapshot.config, name) };
    if (isStaticOnly || !isInRepoConfigEnabled(snapshot.config, org, repo)) return central;
    try {
      return await reader.jobsFor(snapshot, { org, repo, baseSha: await baseSha(), headShas, refs });
    } catch (error) {
      // Trouble on the way passes; a mistake in the repository's files is its own.
      if (isTransient(error)) throw error;
      return { ...central, inRepoProblem: messageOf(error) };
    }
  };
}
