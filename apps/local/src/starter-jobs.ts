// Repositories given with --repo, and the job that each gets when it has none of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ServedRepo {
  /** As `local/NAME`. */
  name: string;
  /** The user's folder. */
  dir: string;
  defaultBranch: string;
}

/** Those without in-repo configuration. */
export function reposWithStarterJobs(repos: readonly ServedRepo[]): ServedRepo[] {
  return repos.filter(({ dir }) => !existsSync(join(dir, '.prow.yaml')) && !existsSync(join(dir, '.prow')));
}

/** How the repository seems to be tested, from the files at its top. */
export function testCommand(dir: string): string[] {
  const files = new Set(readdirSync(dir));
  for (const makefile of ['Makefile', 'makefile']) if (files.has(makefile) && /^test:/m.test(readFileSync(join(dir, makefile), 'utf8'))) return ['make', 'test'];
  if (files.has('package.json')) return ['sh', '-c', `npm ${files.has('package-lock.json') ? 'ci' : 'install --no-package-lock'} --ignore-scripts && npm test`];
  if (files.has('go.mod')) return ['go', 'test', './...'];
  if (files.has('Cargo.toml')) return ['cargo', 'test'];
  if (files.has('pyproject.toml') || files.has('setup.py')) return ['python3', '-m', 'pytest'];
  return ['git', 'log', '--oneline', '--stat', '-1'];
}

/** A job file with one presubmit for each. */
export function starterJobs(repos: readonly ServedRepo[]): object {
  return {
    presubmits: Object.fromEntries(repos.map(({ name, dir }) => [
      `local/${name}`,
      [{ name: `${name.replaceAll(/[^A-Za-z0-9-._]/g, '-')}-test`, always_run: true, path_alias: `github.com/local/${name}`, spec: { containers: [{ image: 'hub.tess.io/prowimages/bootstrap:latest', command: testCommand(dir) }] } }],
    ])),
  };
}
