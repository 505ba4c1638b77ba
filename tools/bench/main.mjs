// `npm run bench [-- NAME … [--OPTION …]]`: runs the benchmarks, each a program of its own, one after the other; options go to each.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dir = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(dir).filter((name) => name.endsWith('.mjs') && name !== 'main.mjs').map((name) => name.slice(0, -4)).toSorted();
const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('--'));
const [chosen, options] = firstOption === -1 ? [given, []] : [given.slice(0, firstOption), given.slice(firstOption)];

if (options.includes('--help')) {
  console.log(`Usage: npm run bench -- [NAME…] [--OPTION…]\n\nPrints ours beside a reference, as a ratio. Benchmarks: ${all.join(', ')}. Without a name all run, one after the other.`);
} else {
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}.`);
    process.exit(2);
  }
  for (const name of chosen.length > 0 ? chosen : all) {
    console.log(`\n── ${name}`);
    const { status } = spawnSync(process.execPath, [`${dir}${name}.mjs`, ...options], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
