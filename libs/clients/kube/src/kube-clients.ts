// The clusters a component talks to, from upstream's flags. upstream: pkg/kube/config.go, pkg/flagutil/kubernetes_cluster_clients.go
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, ProwError } from '@prow/base-errors';
import { booleanFlag, stringFlag, type FlagValues } from '@prow/base-flags';
import type { KubeClient, KubeClients } from './api.ts';
import type { ContextConfig, LoadedConfig } from './kube-config.ts';
import { loadKubeconfig } from './kube-client-from.ts';
import { RestClient, type ClientOptions } from './rest-client.ts';

export const kubeFlags = {
  kubeconfig: stringFlag('kubeconfig', {
    help: 'Path of a kubeconfig. Each of its contexts is a build cluster of that name; its current context holds the ProwJobs, unless this runs in a cluster. Default: $KUBECONFIG, the service account, or ~/.kube/config',
  }),
  kubeconfigDir: stringFlag('kubeconfig-dir', { help: 'Folder of kubeconfig files; all their contexts are added to those of --kubeconfig' }),
  kubeconfigSuffix: stringFlag('kubeconfig-suffix', { help: 'Only files of --kubeconfig-dir whose names end so are read', default: '' }),
  noInClusterConfig: booleanFlag('no-in-cluster-config', { help: 'The service account of the pod is not used even where there is one', default: false }),
} as const;

export type KubeSettings = FlagValues<typeof kubeFlags>;

/** Alias of the cluster that jobs run in when they name none. */
const defaultAlias = 'default';
const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Clients for `main` (in-cluster, else the current context) and for all build clusters by context name; `default`
 * is `main` unless a context has that name. Throws `PROW_KUBE_CONFIG` when there is no cluster at all.
 */
export async function kubeClientsFrom(settings: KubeSettings, options: ClientOptions = {}): Promise<KubeClients & { close(): Promise<void> }> {
  const configs = await loadConfigs(settings);
  const foreign = new Map<string, ContextConfig>();
  for (const { contexts, path } of configs) for (const context of contexts) addContext(foreign, context, { path, log: options.log });
  const local = await inCluster(settings);
  const main = local ?? foreign.get(configs[0]?.currentContext ?? '') ?? (foreign.size === 1 ? [...foreign.values()][0] : undefined);
  if (main === undefined) {
    throw new ProwError('PROW_KUBE_CONFIG', 'no Kubernetes cluster: give --kubeconfig (with a current context), set KUBECONFIG, or run in a pod');
  }
  const mainClient = new RestClient(main, options);
  const buildClusters = new Map<string, KubeClient>();
  for (const [name, context] of foreign) buildClusters.set(name, context === main ? mainClient : new RestClient(context, options));
  if (!buildClusters.has(defaultAlias)) buildClusters.set(defaultAlias, mainClient);
  return {
    main: mainClient,
    buildClusters,
    close: async () => {
      await Promise.all([...new Set([mainClient, ...buildClusters.values()])].map((client) => client.close()));
    },
  };
}

// As kubectl merges kubeconfigs: the first wins. Two clusters with one name are a mistake somebody has to hear of.
function addContext(contexts: Map<string, ContextConfig>, context: ContextConfig, { path, log }: { path: string; log: ClientOptions['log'] }): void {
  const known = contexts.get(context.name);
  if (known === undefined) contexts.set(context.name, context);
  else if (known.server !== context.server) log?.error('two clusters have one name; the first is used', { cluster: context.name, server: known.server, ignoredServer: context.server, path });
}

async function loadConfigs({ kubeconfig, kubeconfigDir, kubeconfigSuffix }: KubeSettings): Promise<(LoadedConfig & { path: string })[]> {
  const paths: string[] = [];
  if (kubeconfig !== undefined && kubeconfig !== '') paths.push(kubeconfig);
  if (kubeconfigDir !== undefined && kubeconfigDir !== '') {
    let names: string[];
    try {
      names = await readdir(kubeconfigDir);
    } catch (error) {
      throw new ProwError('PROW_KUBE_CONFIG', `cannot read --kubeconfig-dir ${kubeconfigDir}: ${messageOf(error)}`, { cause: error });
    }
    // Mounted Secrets hold their files twice, the second time in hidden folders.
    paths.push(...names.filter((name) => !name.startsWith('.') && name.endsWith(kubeconfigSuffix)).sort().map((name) => join(kubeconfigDir, name)));
  }
  if (paths.length === 0) paths.push(...standardPaths());
  return await Promise.all(paths.map(async (path) => ({ ...(await loadKubeconfig(path)), path })));
}

function standardPaths(): string[] {
  const fromEnvironment = (process.env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '');
  if (fromEnvironment.length > 0) return fromEnvironment;
  if (existsSync(serviceAccountToken)) return [];
  const home = join(homedir(), '.kube', 'config');
  return existsSync(home) ? [home] : [];
}

async function inCluster({ noInClusterConfig }: KubeSettings): Promise<ContextConfig | undefined> {
  if (noInClusterConfig || !process.env['KUBERNETES_SERVICE_HOST'] || !existsSync(serviceAccountToken)) return undefined;
  const { inClusterConfig } = await import('./kube-config.ts');
  return inClusterConfig().contexts[0];
}
