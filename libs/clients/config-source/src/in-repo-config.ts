// Jobs of a repository: the central ones and those described in it, as they are after merging a change. Read once
// per tree and configuration. upstream: pkg/config/inrepoconfig.go and cache.go
import { createHash } from 'node:crypto';
import ignore from 'ignore';
import { LRUCache } from 'lru-cache';
import { messageOf, ProwError } from '@prow/base-errors';
import { decodeText, parseYaml, YamlError } from '@prow/base-yaml';
import type { GitClient, GitRepository } from '@prow/clients-git';
import {
  assembleInRepoJobs, decodeInRepoFile, isInRepoConfigEnabled, mergeMethodFor, postsubmitsFor, presubmitsFor,
} from '@prow/model-config';
import type { DecodedFile, Finding, InRepoFile, InRepoJobs } from '@prow/model-config';
import type { Postsubmit, Presubmit } from '@prow/model-prowjob';
import type { ConfigSnapshot } from './api.ts';
import { describeFindings, locateFindings } from './located-finding.ts';

/** A repository's state: a base commit, and heads merged onto it one after the other. SHAs are full. */
export interface RepoState {
  readonly org: string;
  readonly repo: string;
  readonly baseSha: string;
  readonly headShas?: readonly string[];
  /** Where the commits are expected: `refs/heads/main`, `refs/pull/5/head`. */
  readonly refs?: readonly string[];
}

export interface RepoJobs {
  /** Central ones first, as upstream. */
  readonly presubmits: readonly Presubmit[];
  readonly postsubmits: readonly Postsubmit[];
}

export interface InRepoConfigReader {
  /**
   * All jobs of a repository in a state. Where in-repository configuration is not enabled for it, the central ones,
   * without asking git.
   * @throws ProwError PROW_CONFIG_IN_REPO (the repository's files have errors; `details.findings`),
   * PROW_CONFIG_IN_REPO_CONFLICT (the heads do not merge), or GitError
   */
  jobsFor(snapshot: ConfigSnapshot, state: RepoState): Promise<RepoJobs>;
}

const folder = '.prow';
const singleFile = '.prow.yaml';
const ignoreFile = '.prowignore';
const maxFiles = 1000;
const maxFileBytes = 5 * 1024 * 1024;

export function inRepoConfig({ git }: { git: GitClient }): InRepoConfigReader {
  return new GitInRepoConfig(git);
}

class GitInRepoConfig implements InRepoConfigReader {
  private readonly git: GitClient;
  /** By configuration and tree; what is being read is shared by those who wait for it. */
  private readonly jobs = new LRUCache<string, Promise<InRepoJobs>>({ max: 1000 });
  private readonly trees = new LRUCache<string, { sha: string; treeSha: string }>({ max: 5000 });
  private readonly decoded = new LRUCache<string, DecodedBlob>({ max: 5000 });

  constructor(git: GitClient) {
    this.git = git;
  }

  async jobsFor(snapshot: ConfigSnapshot, state: RepoState): Promise<RepoJobs> {
    const { config } = snapshot;
    const name = `${state.org}/${state.repo}`;
    const central = { presubmits: presubmitsFor(config, name), postsubmits: postsubmitsFor(config, name) };
    if (!isInRepoConfigEnabled(config, state.org, state.repo)) return central;
    const repository = await this.git.repository({ org: state.org, repo: state.repo });
    const merged = await this.merge(repository, snapshot, state);
    const key = `${snapshot.version} ${name} ${merged.treeSha}`;
    let reading = this.jobs.get(key);
    if (reading === undefined) {
      reading = this.read(repository, snapshot, merged.sha);
      this.jobs.set(key, reading);
      // What failed on the way may work the next time.
      reading.catch(() => this.jobs.delete(key));
    }
    const own = await reading;
    return { presubmits: [...central.presubmits, ...own.presubmits], postsubmits: [...central.postsubmits, ...own.postsubmits] };
  }

  private async merge(repository: GitRepository, snapshot: ConfigSnapshot, state: RepoState): Promise<{ sha: string; treeSha: string }> {
    const heads = state.headShas ?? [];
    const method = mergeMethodFor(snapshot.config, state.org, state.repo, '');
    const key = [state.org, state.repo, method, state.baseSha, ...heads].join(' ');
    const known = this.trees.get(key);
    if (known !== undefined) return known;
    await repository.ensureCommits([state.baseSha, ...heads], state.refs === undefined ? {} : { refs: state.refs });
    let result: { sha: string; treeSha: string };
    if (heads.length === 0) result = { sha: state.baseSha, treeSha: await repository.treeSha(state.baseSha) };
    else {
      const outcome = await repository.tryMerge({ baseSha: state.baseSha, heads: heads.map((sha) => ({ sha, method })) });
      if (outcome.kind === 'conflict') {
        throw new ProwError('PROW_CONFIG_IN_REPO_CONFLICT', `${heads[outcome.index] ?? ''} does not merge into ${state.baseSha}: conflicts in ${outcome.paths.slice(0, 5).join(', ')}`, { details: { org: state.org, repo: state.repo, paths: outcome.paths } });
      }
      result = { sha: outcome.sha, treeSha: outcome.treeSha };
    }
    this.trees.set(key, result);
    return result;
  }

  private async read(repository: GitRepository, snapshot: ConfigSnapshot, sha: string): Promise<InRepoJobs> {
    const files = await this.filesOf(repository, sha);
    const missing = files.filter((file) => file.bytes === undefined && !this.decoded.has(file.digest)).map((file) => file.path);
    const contents = missing.length === 0 ? new Map<string, Uint8Array>() : await repository.showFiles({ sha, paths: missing, maxBytes: maxFileBytes });
    const decoded: DecodedFile<InRepoFile>[] = [];
    const findings: Finding[] = [];
    const texts = new Map<string, string>();
    for (const file of files) {
      let blob = this.decoded.get(file.digest);
      if (blob === undefined) this.decoded.set(file.digest, blob = decodeBlob(file.bytes ?? contents.get(file.path)));
      decoded.push({ file: file.path, value: blob.value });
      texts.set(file.path, blob.text);
      findings.push(...blob.findings.map((finding) => ({ ...finding, file: file.path })));
    }
    const jobs = assembleInRepoJobs(snapshot.config, repository.name, decoded);
    const errors = [...findings, ...jobs.findings].filter((finding) => finding.severity === 'error');
    if (errors.length > 0) {
      const located = locateFindings(errors.slice(0, 20), (path) => texts.get(path));
      throw new ProwError('PROW_CONFIG_IN_REPO', `${repository.name.org}/${repository.name.repo} describes jobs with errors:\n${describeFindings(located)}`, { details: { findings: located } });
    }
    return jobs;
  }

  // The folder, or where there is none the single file.
  private async filesOf(repository: GitRepository, sha: string): Promise<FoundFile[]> {
    const inFolder = (await repository.listFiles({ sha, path: folder })).filter((file) => file.type === 'blob');
    if (inFolder.length === 0) {
      const bytes = await repository.showFile({ sha, path: singleFile, maxBytes: maxFileBytes });
      return bytes === undefined ? [] : [{ path: singleFile, digest: createHash('sha256').update(bytes).digest('hex'), bytes }];
    }
    const rules = await repository.showFile({ sha, path: ignoreFile, maxBytes: maxFileBytes });
    const ignored = rules === undefined ? undefined : ignore().add(rules.toString('utf8'));
    const files = inFolder.filter((file) => /\.ya?ml$/.test(file.path) && ignored?.ignores(file.path) !== true);
    if (files.length > maxFiles) throw new ProwError('PROW_CONFIG_IN_REPO', `${folder} holds ${files.length} files, expected at most ${maxFiles}`);
    return files.map(({ path, sha: digest }) => ({ path, digest }));
  }
}

interface FoundFile {
  readonly path: string;
  /** Equal digests are equal contents. */
  readonly digest: string;
  readonly bytes?: Uint8Array;
}

interface DecodedBlob {
  readonly value: InRepoFile;
  readonly findings: readonly Finding[];
  readonly text: string;
}

function decodeBlob(bytes: Uint8Array | undefined): DecodedBlob {
  let text = '';
  try {
    text = decodeText(bytes ?? new Uint8Array());
    return { ...decodeInRepoFile(parseYaml(text), ''), text };
  } catch (error) {
    const position = error instanceof YamlError ? error.position : undefined;
    return { value: {}, text, findings: [{ severity: 'error', code: 'PROW_CONFIG_YAML', message: messageOf(error), path: [], ...position }] };
  }
}
