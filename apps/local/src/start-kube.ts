// The embedded Kubernetes: API server, the ProwJob resource, namespaces, and a node that runs pods.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { openStore, type Store } from '@prow/clients-store';
import { startKubeApi } from '@prow/local-kube-api';
import { startNode, type RunningNode, type RuntimeName } from '@prow/local-node';
import { prowJobCrd } from '@prow/model-prowjob';

export interface KubeOptions {
  dataDir: string;
  port: number;
  address: string;
  /** What chooses another port, for the message when it is taken. */
  portFlag: string;
  kubeconfigOut: string;
  namespaces: readonly string[];
  /** Undefined: an API server without a node. */
  node: { runtime: 'auto' | RuntimeName; imagesDir: string; toolsDir: string; artifactsDir: string; gitConfig?: string } | undefined;
  log: Logger;
  clock: Clock;
}

export interface RunningKube {
  url: string;
  client: KubeClient;
  node: RunningNode | undefined;
  stop(): Promise<void>;
}

const crdType = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false } as const;
const namespaceType = coreType<KubeResource>('namespaces', 'Namespace', false);

export async function startKube({ dataDir, port, address, portFlag, kubeconfigOut, namespaces, node, log, clock }: KubeOptions): Promise<RunningKube> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Held while it runs: a second start changes nothing before it is refused.
  const lock = ownFolder(dataDir);
  const api = await startKubeApi({ dataDir: join(dataDir, 'kube'), port, address, log: log.child({ part: 'kube' }), clock }).catch(async (error: unknown) => {
    await lock.close();
    if (error instanceof ProwError && error.code === 'PROW_KUBE_API_LISTEN') throw new ProwError(error.code, `${error.message}; choose another with --${portFlag}`, { cause: error });
    throw error;
  });
  const client = await kubeClientFrom(api.kubeconfig());
  let running: RunningNode | undefined;
  try {
    await client.resource<KubeResource>(crdType).patch('prowjobs.prow.k8s.io', { type: 'apply', body: prowJobCrd, fieldManager: 'prow-local', force: true });
    for (const name of namespaces) await ensureNamespace(client, name);
    if (node !== undefined) {
      await mkdir(node.artifactsDir, { recursive: true });
      running = await startNode({
        kube: client,
        dataDir: join(dataDir, 'node'),
        runtime: node.runtime,
        imagesDir: node.imagesDir,
        toolsDir: node.toolsDir,
        sharedHostPaths: [{ path: node.artifactsDir, readOnly: false, utilitiesOnly: true }, ...(node.gitConfig === undefined ? [] : [{ path: node.gitConfig }])],
        ...(node.gitConfig === undefined ? {} : { containerEnv: { GIT_CONFIG_SYSTEM: node.gitConfig } }),
        token: api.kubeletToken,
        log: log.child({ part: 'node' }),
        clock,
      });
    }
    await writeFile(kubeconfigOut, api.kubeconfig(), { mode: 0o600 });
  } catch (error) {
    await running?.stop();
    await client.close();
    await api.stop();
    await lock.close();
    throw error;
  }
  return {
    url: api.url,
    client,
    node: running,
    stop: async () => {
      await running?.stop();
      await client.close();
      await api.stop();
      await lock.close();
    },
  };
}

/** @throws ProwError PROW_LOCAL_IN_USE */
function ownFolder(dataDir: string): Store {
  try {
    return openStore(join(dataDir, 'owner'));
  } catch (error) {
    if (error instanceof ProwError && error.code === 'PROW_STORE_LOCKED') throw new ProwError('PROW_LOCAL_IN_USE', `${dataDir} is in use by another process; stop that, or choose another folder with --data-dir`, { cause: error });
    throw error;
  }
}

async function ensureNamespace(client: KubeClient, name: string): Promise<void> {
  const collection = client.resource<KubeResource>(namespaceType);
  if ((await collection.find(name)) === undefined) await collection.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}
