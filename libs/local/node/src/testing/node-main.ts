// The program that `KilledNode` runs: a node over a test cluster's folders.
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom } from '@prow/clients-kube';
import { join } from 'node:path';
import type { NodeOptions } from '../api.ts';
import { startNode } from '../start-node.ts';

const [dir = '', runtime = 'auto'] = process.argv.slice(2);
const kube = await kubeClientFrom(join(dir, 'kubeconfig'));
await startNode({ kube, dataDir: join(dir, 'node'), log: silentLogger, clock: systemClock, runtime: runtime as NodeOptions['runtime'], imagesDir: join(dir, 'images') });
process.stdout.write('ready\n');
