import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { measureClone } from './clone.ts';
import { measureEntrypoint } from './entrypoint.ts';
import { measurePod } from './pod.ts';
import { measureSidecar } from './sidecar.ts';

const [dir = '.', root = '.', only] = process.argv.slice(2);
const parts = { entrypoint: measureEntrypoint, clone: measureClone, sidecar: measureSidecar, pod: measurePod };
for (const [name, measure] of Object.entries(parts)) {
  if (only !== undefined && only !== name) continue;
  const work = join(dir, `work-${name}`);
  mkdirSync(work);
  await measure({ tools: dir, work, root });
}
