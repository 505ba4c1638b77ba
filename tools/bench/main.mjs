// `npm run bench [-- NAME …]`: runs the benchmarks, each a program of its own, one after the other.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dir = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(dir).filter((name) => name.endsWith('.mjs') && name !== 'main.mjs').map((name) => name.slice(0, -4)).toSorted();
const chosen = process.argv.slice(2);

if (chosen.includes('--help')) {
  console.log(`Usage: npm run bench -- [NAME…]\n\nPrints ours beside a reference, as a ratio. Benchmarks: ${all.join(', ')}. Without a name all run, one after the other.`);
} else {
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}.`);
    process.exit(2);
  }
  for (const name of chosen.length > 0 ? chosen : all) {
    console.log(`\n── ${name}`);
    const { status } = spawnSync(process.execPath, [`${dir}${name}.mjs`], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
