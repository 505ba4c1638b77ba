// What a developer does: git over HTTP, and GitHub's REST API. One instance a person.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function git(dir, ...args) {
  try {
    const { stdout } = await run('git', args, {
      cwd: dir,
      maxBuffer: 1 << 26,
      env: { PATH: process.env.PATH, HOME: tmpdir(), GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(`git ${args[0]}: ${String(error.stderr ?? error.message).replaceAll(/:[^:@/]+@/g, ':…@').trim()}`);
  }
}

export class Person {
  constructor({ login, token, system }) {
    this.login = login;
    this.token = token;
    this.system = system;
  }

  async api(method, path, body) {
    const response = await fetch(`${this.system.api}${path}`, {
      method,
      headers: { authorization: `token ${this.token}`, accept: 'application/vnd.github+json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** A clone in a temporary folder, with this person's name on the commits. */
  async clone(fullName) {
    const dir = mkdtempSync(join(tmpdir(), 'prow-demo-'));
    const url = new URL(`${this.system.github}/${fullName}.git`);
    url.username = this.login;
    url.password = this.token;
    await git(dir, 'clone', '--quiet', url.href, '.');
    await git(dir, 'config', 'user.name', this.login);
    await git(dir, 'config', 'user.email', `${this.login}@example.com`);
    return dir;
  }

  openPull(fullName, { head, base = 'master', title, body = '' }) {
    return this.api('POST', `/repos/${fullName}/pulls`, { head, base, title, body });
  }

  comment(fullName, number, body) {
    return this.api('POST', `/repos/${fullName}/issues/${number}/comments`, { body });
  }

  async comments(fullName, number) {
    return this.api('GET', `/repos/${fullName}/issues/${number}/comments?per_page=100`);
  }

  async labels(fullName, number) {
    return (await this.api('GET', `/repos/${fullName}/issues/${number}/labels`)).map(({ name }) => name);
  }

  pull(fullName, number) {
    return this.api('GET', `/repos/${fullName}/pulls/${number}`);
  }

  /** State, description and link of each context, newest. */
  async statuses(fullName, sha) {
    const { statuses } = await this.api('GET', `/repos/${fullName}/commits/${sha}/status?per_page=100`);
    return Object.fromEntries(statuses.map((status) => [status.context, status]));
  }

  /** Every status ever set, newest first. */
  allStatuses(fullName, sha) {
    return this.api('GET', `/repos/${fullName}/commits/${sha}/statuses?per_page=100`);
  }
}
