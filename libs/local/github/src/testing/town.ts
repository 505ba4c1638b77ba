import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { createGitHubClient, fixedToken, type GitHubClient } from '@prow/clients-github';
import { runGit } from '@prow/clients-git';
import { startLocalGitHub, type LocalGitHub } from '../start-local-github.ts';
import { Receiver } from './receiver.ts';

/** A local GitHub with a few people, one repository and a receiver of webhooks, for tests. */
export class Town {
  readonly root: string;
  readonly receiver = new Receiver();
  github: LocalGitHub;
  readonly #tokens = new Map<string, string>();

  private constructor(root: string, github: LocalGitHub) {
    this.root = root;
    this.github = github;
  }

  static async build(): Promise<Town> {
    const root = await mkdtemp(join(tmpdir(), 'prow-github-test-'));
    const town = new Town(root, await start(root));
    const { seed } = town.github;
    for (const login of ['alice', 'bob', 'mallory', 'ci-bot']) town.#tokens.set(login, await seed.ensureUser({ login, token: `token-of-${login}` }));
    await seed.ensureOrganization({ login: 'acme', admins: ['alice'], members: ['bob'], teams: [{ slug: 'leads', members: ['bob'] }] });
    const files = join(root, 'files');
    await mkdir(join(files, 'dir'), { recursive: true });
    await writeFile(join(files, 'README.md'), '# app\n');
    await writeFile(join(files, 'dir/a.txt'), 'one\ntwo\nthree\nfour\nfive\n');
    await seed.ensureRepository({ owner: 'acme', name: 'app', content: { files }, labels: [{ name: 'lgtm', description: 'fine' }], collaborators: { 'ci-bot': 'admin', bob: 'write' }, milestones: ['v1'] });
    await seed.ensureHook({ owner: 'acme', url: await town.receiver.start(), secret: town.receiver.secret });
    return town;
  }

  /** As after a stop, or a crash when `kill` was called before. */
  async restart(): Promise<void> {
    await this.github.stop();
    this.github = await start(this.root);
  }

  as(login: string): GitHubClient {
    return createGitHubClient({ endpoints: [this.github.apiUrl], tokens: fixedToken(this.#tokens.get(login) ?? ''), log: silentLogger, clock: systemClock, maxAttempts: 1 });
  }

  /** One call of REST below `/api/v3`, in someone's name. */
  async ask(login: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return this.askWith(`token ${this.#tokens.get(login) ?? ''}`, method, path, body);
  }

  /** As `ask`, with an `Authorization` header of one's own. */
  async askWith(authorization: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.github.apiUrl}${path}`, { method, headers: { authorization }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** Clones as someone, writes files on a branch, pushes. Gives the SHA. */
  async push(login: string, { branch, files, from = 'main', repo = 'acme/app', force = false }: { branch: string; files: Record<string, string | null>; from?: string; repo?: string; force?: boolean }): Promise<string> {
    const dir = await mkdtemp(join(this.root, 'clone-'));
    const url = this.github.url.replace('://', `://${login}:${this.#tokens.get(login) ?? ''}@`);
    const git = (...args: string[]): ReturnType<typeof runGit> =>
      runGit({ cwd: dir, args: ['-c', `user.name=${login}`, '-c', `user.email=${login}@example.com`, ...args], env: { GIT_CONFIG_GLOBAL: '/dev/null' } });
    await git('clone', '-q', `${url}/${repo}.git`, '.');
    await git('checkout', '-q', '-B', branch, `origin/${from}`);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      if (text === null) await rm(join(dir, path));
      else await writeFile(join(dir, path), text);
    }
    await git('add', '--all');
    await git('commit', '-q', '--allow-empty', '-m', `work on ${branch}`);
    await git('push', '-q', ...(force ? ['--force'] : []), 'origin', branch);
    const sha = (await git('rev-parse', 'HEAD')).stdout.toString('utf8').trim();
    await rm(dir, { recursive: true, force: true });
    return sha;
  }

  /** Webhooks since the last call. */
  async events(): Promise<string[]> {
    await this.github.idle();
    return this.receiver.take();
  }

  async tearDown(): Promise<void> {
    await this.github.stop();
    await this.receiver.stop();
    await rm(this.root, { recursive: true, force: true });
  }
}

function start(root: string): Promise<LocalGitHub> {
  return startLocalGitHub({ dataDir: join(root, 'data'), log: silentLogger, clock: systemClock });
}
