// What tools/bench/config.mjs runs in a process of its own: `load DIR CACHE` or `reload DIR FILE`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigLoader } from '@prow/clients-config-source';

const [mode = '', dir = '', argument = ''] = process.argv.slice(2);
const startedAt = performance.now();
const loader = new ConfigLoader(
  { configPath: join(dir, 'config.yaml'), jobConfigPaths: [join(dir, 'jobs')], pluginConfig: join(dir, 'plugins.yaml') },
  { nowMs: () => Date.now(), ...(mode === 'load' && argument !== '' ? { cacheDir: argument } : {}) },
);
const result = loader.load();
const loadMs = performance.now() - startedAt;
const cpu = process.cpuUsage();
if (result.findings.some((finding) => finding.severity === 'error')) throw new Error('the corpus has errors');

if (mode === 'reload') {
  const reloadsMs: number[] = [];
  for (let round = 0; round < 9; round++) {
    writeFileSync(argument, `${readFileSync(argument, 'utf8').replaceAll(/\n# round.*\n/g, '\n')}\n# round ${round}\n`.replace('name: ', `name: x${round}-`));
    const from = performance.now();
    loader.load();
    reloadsMs.push(performance.now() - from);
  }
  console.log(JSON.stringify({ loadMs, reloadsMs }));
} else {
  loader.store();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  console.log(JSON.stringify({ loadMs, cpuMs: (cpu.user + cpu.system) / 1000, heapMiB: heapUsed / 2 ** 20, rssMiB: rss / 2 ** 20 }));
}
