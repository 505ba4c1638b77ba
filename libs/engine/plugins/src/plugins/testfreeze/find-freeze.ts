// upstream: pkg/plugins/testfreeze/checker. What it asks the web for is known here: branches and tags from GitHub, tide's
// queries from the configuration.
import type { GitHubClient } from '@prow/clients-github';
import type { ProwConfig } from '@prow/model-config';

export interface Freeze {
  /** Of the newest release: `release-1.35`. */
  readonly branch: string;
  /** The release to come, or the one that has come: `v1.35.0`. */
  readonly tag: string;
  /** The branch exists, its first release does not: what is merged goes to both. */
  readonly isTestFreeze: boolean;
  /** Tide merges nothing into the branch. */
  readonly isCodeFreeze: boolean;
}

const releaseBranch = /^release-(\d{1,6})\.(\d{1,6})$/;

/** Undefined when there is no release branch. */
export async function findFreeze({ org, repo }: { org: string; repo: string }, { github, config }: { github: Pick<GitHubClient, 'listBranches' | 'getRef'>; config: Pick<ProwConfig, 'tide'> }): Promise<Freeze | undefined> {
  const releases = (await github.listBranches({ org, repo })).flatMap(({ name }) => {
    const [, major, minor] = releaseBranch.exec(name) ?? [];
    return major === undefined || minor === undefined ? [] : [{ branch: name, major: Number(major), minor: Number(minor) }];
  });
  const latest = releases.sort((a, b) => b.major - a.major || b.minor - a.minor)[0];
  if (latest === undefined) return undefined;
  const { branch } = latest;
  const tag = `v${latest.major}.${latest.minor}.0`;
  return {
    branch,
    tag,
    isTestFreeze: (await github.getRef({ org, repo, ref: `tags/${tag}` })) === undefined,
    isCodeFreeze: (config.tide.queries ?? []).some(({ repos = [], excludedBranches = [] }) => repos.includes(`${org}/${repo}`) && excludedBranches.includes(branch)),
  };
}
