// Runs jest for one folder (`node tools/test/jest.mjs libs/base/queue`) or for everything; further arguments go to jest.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const config = fileURLToPath(new URL('jest.config.mjs', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const result = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, '-c', config, '--passWithNoTests', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = result.status ?? 1;
