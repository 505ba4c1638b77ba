// Checks the house's floors from the sources' own imports, and that each package.json declares exactly the
// workspace packages its sources (tests apart) import (Nx draws its graph, and decides what a change affects, from them).
// `--fix` rewrites the declarations.
//
// Floors, from the ground: base < model < clients < engine < local; testing may import them all; apps may import
// all but testing. Never up; never sideways between engines or between apps (but `local`, which starts the apps).
import { existsSync, globSync, readFileSync, readdirSync, writeFileSync } from './files.mjs';
import { builtinModules } from 'node:module';

const fix = process.argv.includes('--fix');
const mayImport = {
  base: ['base'],
  model: ['base', 'model'],
  clients: ['base', 'model', 'clients'],
  engine: ['base', 'model', 'clients'],
  local: ['base', 'model', 'clients', 'local'],
  testing: ['base', 'model', 'clients', 'engine', 'local'],
  apps: ['base', 'model', 'clients', 'engine', 'local'],
};
const importPattern = /(?:^|[\s;])(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|(?:^|[\s;(])import\s*\(?\s*['"]([^'"]+)['"]/gm;
const problems = [];

const packages = [...globSync('apps', 1), ...globSync('libs', 2)].filter((dir) => existsSync(`${dir}/package.json`));
const floorOf = (dir) => (dir.startsWith('apps/') ? 'apps' : dir.split('/')[1]);
const dirOfName = new Map(packages.map((dir) => [JSON.parse(readFileSync(`${dir}/package.json`)).name, dir]));
const thirdParty = JSON.parse(readFileSync('package.json'));
const known = new Set([...Object.keys(thirdParty.dependencies), ...Object.keys(thirdParty.devDependencies)]);
const dev = new Set(Object.keys(thirdParty.devDependencies));

function sourcesOf(dir) {
  return readdirSync(dir, { recursive: true })
    .map((name) => `${dir}/${name}`)
    .filter((path) => /\.(ts|tsx)$/.test(path) && !path.includes('/node_modules/'));
}

for (const dir of packages) {
  const floor = floorOf(dir);
  const used = new Set();
  for (const path of sourcesOf(`${dir}/src`)) {
    const isTest = /\.test\.tsx?$/.test(path) || path.includes('/testing/');
    for (const match of readFileSync(path).matchAll(importPattern)) {
      const specifier = match[1] ?? match[2];
      if (specifier.startsWith('.')) {
        if (specifier.includes('../src/') || /^(\.\.\/)+(apps|libs)\//.test(specifier)) problems.push(`${path}: reaches into another package by path: ${specifier}`);
        continue;
      }
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0];
      if (specifier.startsWith('node:')) continue;
      if (builtinModules.includes(name)) { problems.push(`${path}: write node:${specifier}`); continue; }
      if (!name.startsWith('@prow/')) {
        if (!known.has(name)) problems.push(`${path}: ${name} is not in the root package.json`);
        else if (dev.has(name) && !isTest && floor !== 'testing') problems.push(`${path}: ${name} is a devDependency`);
        continue;
      }
      const target = dirOfName.get(name);
      if (target === undefined) { problems.push(`${path}: unknown package ${name}`); continue; }
      if (specifier !== name) problems.push(`${path}: import ${name}, not a path inside it (${specifier})`);
      if (target === dir) { problems.push(`${path}: imports its own package by name`); continue; }
      const targetFloor = floorOf(target);
      // Tests run against real parts of any floor; what they import is no arrow of the product.
      if (isTest && targetFloor !== 'apps') continue;
      used.add(name);
      const appStartsApps = dir === 'apps/local' && targetFloor === 'apps';
      if (!appStartsApps && !mayImport[floor].includes(targetFloor)) problems.push(`${path}: ${floor} may not import ${targetFloor} (${name})`);
      if (dir === 'apps/deck-web' && targetFloor !== 'model') problems.push(`${path}: deck-web imports model only (${name})`);
    }
  }
  const manifestPath = `${dir}/package.json`;
  const manifest = JSON.parse(readFileSync(manifestPath));
  const declared = Object.keys(manifest.dependencies ?? {}).toSorted();
  const wanted = [...used].toSorted();
  if (declared.join() !== wanted.join()) {
    if (fix) {
      manifest.dependencies = Object.fromEntries(wanted.map((name) => [name, '*']));
      writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
    } else problems.push(`${manifestPath}: declares [${declared.join(', ')}], the sources import [${wanted.join(', ')}] (mend: npm run boundaries -- --fix)`);
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`boundaries: ${packages.length} packages, all arrows point down`);
