// The local GitHub, with the people, organisations and repositories of configs/local-github.yaml and of --repo.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { startLocalGitHub, type LocalGitHub } from '@prow/local-github';
import { contentOf, readSeedFile, type SeedFile } from './seed-file.ts';
import type { ServedRepo } from './starter-jobs.ts';

export interface GitHubOptions {
  dataDir: string;
  port: number;
  address: string;
  seedPath: string;
  checkout: string;
  /** Paths of repositories to serve as `local/NAME`. */
  repos: readonly ServedRepo[];
  /** Where webhooks go; undefined: nowhere. */
  hook: { url: string; secret: string } | undefined;
  log: Logger;
  clock: Clock;
}

export interface SeededGitHub {
  github: LocalGitHub;
  bot: string;
  /** By login, the bot's included. */
  tokens: Record<string, string>;
}

/** The folders of --repo as repositories. @throws ProwError PROW_LOCAL_REPO */
export function servedRepos(paths: readonly string[]): ServedRepo[] {
  return paths.map((path) => {
    const dir = resolve(path);
    if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new ProwError('PROW_LOCAL_REPO', `--repo: there is no folder ${dir}`);
    let defaultBranch: string;
    try {
      defaultBranch = execFileSync('git', ['-C', dir, 'symbolic-ref', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
      execFileSync('git', ['-C', dir, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { stdio: 'ignore' });
    } catch (error) {
      throw new ProwError('PROW_LOCAL_REPO', `--repo: ${dir} is no git repository with a branch checked out and at least one commit`, { cause: error });
    }
    return { name: basename(dir).replaceAll(/[^A-Za-z0-9._-]/g, '-'), dir, defaultBranch };
  });
}

export async function startGitHub({ dataDir, port, address, seedPath, checkout, repos, hook, log, clock }: GitHubOptions): Promise<SeededGitHub> {
  const seed = readSeedFile(seedPath);
  const github = await startLocalGitHub({ dataDir: join(dataDir, 'github'), port, address, log: log.child({ part: 'github' }), clock });
  try {
    await seedPeople(github, seed, repos.length > 0);
    await seedRepositories(github, seed, { seedPath, checkout, repos, log });
    if (hook !== undefined) for (const owner of ownersOf(seed, repos)) await github.seed.ensureHook({ owner, url: hook.url, secret: hook.secret });
    const tokens: Record<string, string> = {};
    for (const login of [...seed.users.map((user) => user.login), seed.bot]) tokens[login] = await github.tokenFor(login);
    return { github, bot: seed.bot, tokens };
  } catch (error) {
    await github.stop();
    throw error;
  }
}

function ownersOf({ organizations = [] }: SeedFile, repos: readonly ServedRepo[]): string[] {
  return [...organizations.map(({ login }) => login), ...(repos.length > 0 ? ['local'] : [])];
}

async function seedPeople(github: LocalGitHub, { users, bot, organizations = [] }: SeedFile, withLocal: boolean): Promise<void> {
  for (const { login, name } of users) await github.seed.ensureUser({ login, ...(name === undefined ? {} : { name }) });
  await github.seed.ensureUser({ login: bot, name: 'CI robot', isBot: true });
  const everybody = users.map(({ login }) => login);
  // The bot administers what it works on, as the account of a real installation does.
  const all = [...organizations, ...(withLocal ? [{ login: 'local', name: 'Your repositories', members: everybody.slice(1, -1), admins: everybody.slice(0, 1) }] : [])];
  for (const organization of all) await github.seed.ensureOrganization({ ...organization, admins: [...(organization.admins ?? []), bot], defaultPermission: 'write' });
}

async function seedRepositories(github: LocalGitHub, { repositories = [], labels = [] }: SeedFile, { seedPath, checkout, repos, log }: Pick<GitHubOptions, 'seedPath' | 'checkout' | 'repos' | 'log'>): Promise<void> {
  for (const { owner, name, from, defaultBranch } of repositories) {
    const content = contentOf(seedPath, checkout, from);
    if (content === undefined) {
      log.warn('repository not served: this checkout has no git history', { owner, repo: name });
      continue;
    }
    await github.seed.ensureRepository({ owner, name, content, labels, ...(defaultBranch === undefined ? {} : { defaultBranch }) });
  }
  for (const { name, dir, defaultBranch } of repos) await github.seed.ensureRepository({ owner: 'local', name, content: { git: dir }, defaultBranch, labels });
}
