// What a case is given: a client, raw HTTP for what the client hides, and a namespace of its own.
import { randomBytes } from 'node:crypto';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource, type ResourceApi, type ResourceType } from '@prow/clients-kube';

export interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
  immutable?: boolean;
}

export interface Pod extends KubeResource {
  spec?: Record<string, unknown>;
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

export const configMaps = coreType<ConfigMap>('configmaps', 'ConfigMap');
export const pods = coreType<Pod>('pods', 'Pod');
export const namespaces = coreType<KubeResource>('namespaces', 'Namespace', false);

/** One namespace, made for one case and deleted after it. */
export interface Scope {
  kube: KubeClient;
  namespace: string;
  configMaps: ResourceApi<ConfigMap>;
  of: <T extends KubeResource>(type: ResourceType<T>) => ResourceApi<T>;
}

export interface Cluster {
  inNamespace(run: (scope: Scope) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface ConformanceCase {
  name: string;
  run: (scope: Scope) => Promise<void>;
}

/** @param kubeconfig its text or its path */
export async function openCluster(kubeconfig: string): Promise<Cluster> {
  const kube = await kubeClientFrom(kubeconfig);
  const all = kube.resource(namespaces);
  return {
    async inNamespace(run) {
      const namespace = `conformance-${randomBytes(4).toString('hex')}`;
      await all.create({ metadata: { name: namespace } });
      try {
        await run({ kube, namespace, configMaps: kube.resource(configMaps, namespace), of: (type) => kube.resource(type, namespace) });
      } finally {
        await all.delete(namespace);
      }
    },
    close: () => kube.close(),
  };
}

/** Polls until the condition holds; throws with `what` after ten seconds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never came: ${what}`);
}

/** The error a call is refused with; throws when it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<{ reason: string; status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'reason' in error && 'status' in error) return error as unknown as { reason: string; status: number; message: string };
    throw error;
  }
  throw new Error('the call was not refused');
}
