import { LRUCache } from 'lru-cache';
import { messageOf } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import type { Clock } from '@prow/base-time';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient } from '@prow/clients-github';
import { frontMatter, normaliseLogin, type OwnersAliases, type OwnersFile, parseOwners, parseOwnersAliases } from './parse-owners.ts';
import { type OwnersProblem, RepositoryOwners } from './repository-owners.ts';

/** What the configuration says about a repository's OWNERS. */
export interface OwnersSettings {
  /** Names of the files. Default OWNERS and OWNERS_ALIASES. */
  readonly ownersFile: string;
  readonly aliasesFile: string;
  /** Approvers and reviewers count even if they are no collaborators. */
  readonly skipCollaborators: boolean;
  /** Front matter of Markdown files owns them. */
  readonly isMarkdownRead: boolean;
  /** Folders whose OWNERS do not count: expressions over the path, unanchored. */
  readonly folderDenylist: readonly string[];
}

export interface OwnersReaderOptions {
  readonly git: GitClient;
  readonly github: Pick<GitHubClient, 'listCollaborators'>;
  readonly settingsFor: (org: string, repo: string) => OwnersSettings;
  readonly clock: Clock;
}

interface OwnersOfCommit {
  readonly files: ReadonlyMap<string, OwnersFile>;
  readonly problems: readonly OwnersProblem[];
}

const maxCachedCommits = 100;
const maxMarkdownFiles = 5000;
const collaboratorsTtlMs = 60_000;

/**
 * Reads OWNERS of a commit out of the shared git copy: no request to GitHub but the list of collaborators, which is
 * asked once a minute per repository.
 */
export class OwnersReader {
  readonly #options: OwnersReaderOptions;
  readonly #commits = new LRUCache<string, Promise<OwnersOfCommit>>({ max: maxCachedCommits });
  readonly #collaborators = new Map<string, { at: number; logins: Promise<ReadonlySet<string>> }>();

  constructor(options: OwnersReaderOptions) {
    this.#options = options;
  }

  async load({ org, repo, baseRef, baseSha, fetchRef = `refs/heads/${baseRef}` }: { org: string; repo: string; baseRef: string; baseSha: string; fetchRef?: string }): Promise<RepositoryOwners> {
    const settings = this.#options.settingsFor(org, repo);
    const [{ files, problems }, allowed] = await Promise.all([
      this.#ofCommit({ org, repo, fetchRef, baseSha, settings }),
      settings.skipCollaborators ? undefined : this.#collaboratorsOf(org, repo),
    ]);
    return new RepositoryOwners({ files, allowed, problems });
  }

  #ofCommit(query: ReadQuery): Promise<OwnersOfCommit> {
    const key = JSON.stringify([query.org, query.repo, query.baseSha, query.settings]);
    const known = this.#commits.get(key);
    if (known !== undefined) return known;
    const read = readCommit(this.#options.git, query);
    this.#commits.set(key, read);
    read.catch(() => this.#commits.delete(key));
    return read;
  }

  #collaboratorsOf(org: string, repo: string): Promise<ReadonlySet<string>> {
    const key = `${org}/${repo}`;
    const now = this.#options.clock.now();
    const known = this.#collaborators.get(key);
    if (known !== undefined && now - known.at < collaboratorsTtlMs) return known.logins;
    const logins = this.#options.github.listCollaborators({ org, repo }).then((users) => new Set(users.map(({ login }) => normaliseLogin(login))));
    this.#collaborators.set(key, { at: now, logins });
    logins.catch(() => this.#collaborators.delete(key));
    return logins;
  }
}

interface ReadQuery {
  readonly org: string;
  readonly repo: string;
  readonly fetchRef: string;
  readonly baseSha: string;
  readonly settings: OwnersSettings;
}

async function readCommit(git: GitClient, { org, repo, fetchRef, baseSha, settings }: ReadQuery): Promise<OwnersOfCommit> {
  const repository = await git.repository({ org, repo });
  await repository.ensureCommits([baseSha], { refs: [fetchRef] });
  const denied = settings.folderDenylist.map((pattern) => compileRegex(pattern));
  const all = (await repository.listFiles({ sha: baseSha })).filter(({ path, type, mode }) => type === 'blob' && mode !== '120000' && !denied.some((pattern) => pattern.test(folderOf(path))));
  const owners = all.filter(({ path }) => baseName(path) === settings.ownersFile).map(({ path }) => path);
  const markdown = settings.isMarkdownRead ? all.filter(({ path }) => path.endsWith('.md')).slice(0, maxMarkdownFiles).map(({ path }) => path) : [];
  const texts = await repository.showFiles({ sha: baseSha, paths: [settings.aliasesFile, ...owners, ...markdown] });
  const textOf = (path: string): string | undefined => texts.get(path)?.toString('utf8');

  const problems: OwnersProblem[] = [];
  const attempt = <T>(path: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      problems.push({ path, message: messageOf(error) });
      return otherwise;
    }
  };
  const aliasText = textOf(settings.aliasesFile);
  const aliases: OwnersAliases = aliasText === undefined ? new Map() : attempt(settings.aliasesFile, () => parseOwnersAliases(aliasText), new Map());
  const files = new Map<string, OwnersFile>();
  const add = (key: string, path: string, text: string | undefined): void => {
    const file = text === undefined ? undefined : attempt<OwnersFile | undefined>(path, () => parseOwners(text, aliases), undefined);
    if (file !== undefined) files.set(key, file);
  };
  for (const path of owners) add(folderOf(path), path, textOf(path));
  for (const path of markdown) add(path, path, frontMatter(textOf(path) ?? ''));
  return { files, problems };
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
