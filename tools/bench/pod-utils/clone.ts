// clonerefs of this repository at depth 1 with one pull, beside git doing the same plainly.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { line, quantile, runMeasured } from './support.ts';
import type { BenchPlace } from './support.ts';

const rounds = 9;

export async function measureClone({ tools, work, root }: BenchPlace): Promise<void> {
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const source = join(work, 'source.git');
  git(work, 'clone', '-q', '--bare', root, source);
  git(source, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const base = git(source, 'rev-parse', 'HEAD');
  const parent = git(source, 'rev-parse', 'HEAD~3');
  const pull = git(source, 'commit-tree', '-p', parent, '-m', 'pull', `${parent}^{tree}`);
  git(source, 'update-ref', 'refs/pull/1/head', pull);
  const uri = `file://${source}`;

  // Both into the same place: where on a disk the files come to lie can cost more than all else.
  const to = join(work, 'src/github.com/o/r');
  const clear = (): void => {
    rmSync(join(work, 'src'), { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
  };
  const plainly = async (): Promise<number> => {
    clear();
    const script = [
      'git init -q .', `git fetch -q --depth 1 --tags ${uri} ${base} ${pull}`, `git fetch -q --deepen=20 --no-tags ${uri} ${base} ${pull}`, `git checkout -q -B main ${base}`,
      `git -c user.name=t -c user.email=t@t merge -q --no-ff ${pull}`, 'git rev-parse HEAD',
    ].join(' && ');
    const { ms, code } = await runMeasured('sh', ['-c', script], { cwd: to });
    if (code !== 0) throw new Error('git failed');
    return ms;
  };
  const ours = async (): Promise<number> => {
    clear();
    const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: base, clone_uri: uri, clone_depth: 1, pulls: [{ number: 1, author: 'a', sha: pull }] };
    const { ms, code } = await runMeasured(process.execPath, [join(tools, 'pod-utils/main.js'), 'clonerefs', '--fail'], { env: { CLONEREFS_OPTIONS: JSON.stringify({ src_root: work, log: join(work, 'clone.json'), git_user_name: 'ci', git_user_email: 'ci@example.org', refs: [refs] }) } });
    if (code !== 0) throw new Error('clonerefs failed');
    return ms;
  };
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    a.push(await plainly());
    b.push(await ours());
  }
  const [plain, mine] = [quantile(a, 0.5), quantile(b, 0.5)];
  line('clonerefs: this repository, depth 1, one pull, median', `${mine.toFixed(0)} ms`, `wanted ≤ 1.2 times plain git (${plain.toFixed(0)} ms); ratio ${(mine / plain).toFixed(2)}`);
}
