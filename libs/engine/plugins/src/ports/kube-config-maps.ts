import type { Logger } from '@prow/base-log';
import { coreType, type KubeClient, type KubeClients, type KubeResource } from '@prow/clients-kube';
import type { ConfigMapContent, ConfigMaps } from './config-maps.ts';
import { ProwError } from '@prow/base-errors';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');
const maxAttempts = 8;

/** ConfigMaps of the clusters a component knows; `default` is the one it runs against. */
export function kubeConfigMaps({ kube, isDryRun, log }: { kube: KubeClients; isDryRun: boolean; log: Logger }): ConfigMaps {
  const clientOf = (cluster: string): KubeClient => {
    const client = cluster === 'default' ? (kube.buildClusters.get('default') ?? kube.main) : kube.buildClusters.get(cluster);
    if (client === undefined) throw new ProwError('PROW_PLUGINS_CLUSTER', `there is no build cluster ${cluster}; known: ${[...kube.buildClusters.keys()].join(', ')}`, { details: { cluster } });
    return client;
  };
  return {
    change: async ({ cluster, namespace, name, update }) => {
      const api = clientOf(cluster).resource(configMapType, namespace);
      for (let attempt = 1; ; attempt += 1) {
        const present = await api.find(name);
        const wanted = update(contentOf(present));
        if (wanted === undefined) return { changed: false };
        if (isDryRun) {
          log.info('dry run: ConfigMap not changed', { cluster, namespace, name });
          return { changed: false };
        }
        try {
          if (present === undefined) await api.create(withContent({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }, wanted));
          else await api.update(withContent(present, wanted));
          return { changed: true };
        } catch (error) {
          const reason = typeof error === 'object' && error !== null && 'reason' in error ? error.reason : undefined;
          // Somebody else was quicker: look again at what is there now.
          if ((reason !== 'Conflict' && reason !== 'AlreadyExists') || attempt === maxAttempts) throw error;
        }
      }
    },
  };
}

function contentOf(configMap: ConfigMap | undefined): ConfigMapContent {
  return {
    data: configMap?.data ?? {},
    binaryData: Object.fromEntries(Object.entries(configMap?.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    annotations: configMap?.metadata.annotations ?? {},
  };
}

function withContent(configMap: ConfigMap, { data, binaryData, annotations }: ConfigMapContent): ConfigMap {
  return {
    ...configMap,
    metadata: { ...configMap.metadata, annotations: { ...annotations } },
    data: { ...data },
    binaryData: Object.fromEntries(Object.entries(binaryData).map(([key, value]) => [key, value.toString('base64')])),
  };
}
