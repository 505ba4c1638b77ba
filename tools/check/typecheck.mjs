// Type-checks the whole workspace in one go (seconds with the native compiler): one program for Node code, one for
// the browser. With an argument (a project's root), prints only that project's errors.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const only = process.argv[2];
let failed = false;
for (const config of ['tsconfig.json', 'apps/deck-web/tsconfig.json']) {
  const { stdout, status } = spawnSync('node_modules/.bin/tsc', ['-p', config, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const lines = (stdout ?? '').split('\n').filter((line) => line !== '' && (!only || line.startsWith(only)));
  if (lines.length > 0) console.log(lines.join('\n'));
  if (only ? lines.length > 0 : status !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;
