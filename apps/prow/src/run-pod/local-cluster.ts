// A Kubernetes of one machine for one pod: embedded API and node over a temporary folder that goes with it.
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type KubeClient } from '@prow/clients-kube';
import { startKubeApi } from '@prow/local-kube-api';
import { removeTree, startNode, type RuntimeName, type SharedHostPath } from '@prow/local-node';

export interface LocalClusterOptions {
  runtime: 'auto' | RuntimeName;
  /** Has `pod-utils/main.js`. */
  toolsDir: string;
  imagesDir: string | undefined;
  sharedHostPaths: readonly SharedHostPath[];
  allowHostPaths: readonly string[];
  log: Logger;
}

export interface LocalCluster {
  kube: KubeClient;
  /** One line for people: how containers run here. */
  description: string;
  /** Ends all containers and removes the folder. Idempotent. */
  stop(): Promise<void>;
}

/** Far more than any job asks for: there is only one node to choose. */
const capacity = { cpu: '4096', memory: '64Ti', pods: 10, ephemeralStorage: '64Ti' };

export async function startLocalCluster({ runtime, toolsDir, imagesDir, sharedHostPaths, allowHostPaths, log }: LocalClusterOptions): Promise<LocalCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'prow-mkpod-'));
  const undo: (() => Promise<void>)[] = [() => removeTree(folder)];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const step of undo.toReversed()) await step();
    })();
    return stopping;
  };
  try {
    const api = await startKubeApi({ dataDir: join(folder, 'kube'), log: log.child({ part: 'kube' }), clock: systemClock });
    undo.push(() => api.stop());
    const kube = await kubeClientFrom(api.kubeconfig());
    undo.push(() => kube.close());
    const node = await startNode({
      kube, dataDir: join(folder, 'node'), runtime, toolsDir, sharedHostPaths, allowHostPaths, capacity, token: api.kubeletToken, log: log.child({ part: 'node' }), clock: systemClock,
      ...(imagesDir === undefined ? {} : { imagesDir }),
    });
    undo.push(() => node.stop());
    return { kube, description: node.description, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `dist` and `images` of the checkout that this program lies in. @throws ProwError PROW_CLI_TOOLS */
export function findTools(program: string, toolsDir: string): { toolsDir: string; imagesDir: string | undefined } {
  let checkout: string | undefined = dirname(resolve(program));
  while (checkout !== undefined && !existsSync(join(checkout, 'nx.json'))) checkout = dirname(checkout) === checkout ? undefined : dirname(checkout);
  const dist = toolsDir === '' ? join(checkout ?? '', 'dist') : resolve(toolsDir);
  if (!existsSync(join(dist, 'pod-utils', 'main.js'))) throw new ProwError('PROW_CLI_TOOLS', `${join(dist, 'pod-utils', 'main.js')} is not there: npm run build makes it, or name the folder that has it with --tools-dir`);
  return { toolsDir: dist, imagesDir: checkout === undefined ? undefined : join(checkout, 'images') };
}
