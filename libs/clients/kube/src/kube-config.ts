// The only file that imports client-node: it reads kubeconfigs and knows how to log in (tokens, certificates, exec
// plugins, OIDC, service accounts). Loaded when the first client is made, for it is large.
import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';

export interface ContextConfig {
  name: string;
  server: string;
  namespace: string | undefined;
  /** TLS settings and an Authorization header as they are now; tokens change. */
  credentials(): Promise<RequestOptions>;
  /** An agent is part of the credentials because the connection goes through a proxy. */
  usesProxy: boolean;
}

export interface LoadedConfig {
  currentContext: string;
  contexts: ContextConfig[];
}

export function parseKubeconfig(text: string, baseDir?: string): LoadedConfig {
  const config = new KubeConfig();
  config.loadFromString(text, { onInvalidEntry: 'filter' });
  if (baseDir !== undefined) config.makePathsAbsolute(baseDir);
  const contexts = config.getContexts().map(({ name }) => contextOf(config, name)).filter((one) => one !== undefined);
  return { currentContext: config.getCurrentContext(), contexts };
}

/** The service account of the pod this runs in. */
export function inClusterConfig(): LoadedConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  const context = contextOf(config, config.getCurrentContext());
  return { currentContext: context?.name ?? '', contexts: context === undefined ? [] : [{ ...context, name: 'in-cluster' }] };
}

function contextOf(shared: KubeConfig, name: string): ContextConfig | undefined {
  const config = new KubeConfig();
  config.loadFromOptions({ clusters: shared.getClusters(), users: shared.getUsers(), contexts: shared.getContexts(), currentContext: name });
  const cluster = config.getCurrentCluster();
  const context = config.getContextObject(name);
  if (cluster === null || context === null) return undefined;
  if (cluster.server.startsWith('http:')) {
    // client-node wants to be told that there is no TLS to verify.
    const plain = { ...cluster, skipTLSVerify: true };
    config.loadFromOptions({ clusters: [plain], users: shared.getUsers(), contexts: [context], currentContext: name });
  }
  return {
    name,
    server: cluster.server.replace(/\/+$/, ''),
    namespace: context.namespace,
    usesProxy: cluster.proxyUrl !== undefined,
    credentials: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}
