// `npm test`: lint, types, boundaries, build, then every test; ends with one line `N passed, N failed, N skipped`.
// Arguments are paths or jest options; with any, only the tests they name run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const chosen = process.argv.slice(2);
const sums = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'prow-test-'));

function runStep(name, file, args) {
  const startedAt = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(file, args, { cwd: root, stdio: ['ignore', 1, 2] });
  const isRight = status === 0;
  sums[isRight ? 'passed' : 'failed'] += 1;
  console.log(`── ${name}: ${isRight ? 'right' : 'WRONG'} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
}

function runJest(name, args) {
  const startedAt = Date.now();
  console.log(`\n── ${name}`);
  const output = join(scratch, 'jest.json');
  rmSync(output, { force: true });
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', require.resolve('jest/bin/jest'), '-c', 'tools/test/jest.config.mjs', '--json', '--outputFile', output, '--passWithNoTests', ...args],
    // With --json jest writes the whole result to stdout too; the readable report is on stderr.
    { cwd: root, stdio: ['ignore', 'ignore', 1], env: { ...process.env, NODE_ENV: 'test' } },
  );
  let result;
  try {
    result = JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    sums.failed += 1;
    console.log(`── ${name}: jest ended with ${status} and left no result`);
    return;
  }
  sums.passed += result.numPassedTests;
  sums.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  sums.skipped += result.numPendingTests + result.numTodoTests;
  if (status !== 0 && result.numFailedTests + result.numRuntimeErrorTestSuites === 0) sums.failed += 1;
  console.log(`── ${name}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

if (chosen.length > 0) runJest('tests', chosen);
else {
  runStep('lint', process.execPath, ['node_modules/oxlint/bin/oxlint', '--type-aware', '--quiet']);
  runStep('types', process.execPath, ['tools/check/typecheck.mjs']);
  runStep('boundaries', process.execPath, ['tools/check/boundaries.mjs']);
  runStep('error codes', process.execPath, ['tools/check/error-codes.mjs']);
  runStep('build', process.execPath, ['tools/build/build.mjs']);
  runJest('unit and integration tests', ['--testPathIgnorePatterns', '/node_modules/', '\\.e2e\\.test\\.', '--maxWorkers', '2']);
  // Whole systems, one at a time: they share the machine's two cores and would only time each other out.
  runJest('end-to-end tests', ['--testPathPatterns', '\\.e2e\\.test\\.', '--runInBand']);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
process.exitCode = sums.failed === 0 ? 0 : 1;
