// Kubeconfigs → clients.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, nearestNames, ProwError } from '@prow/base-errors';
import type { KubeClient } from './api.ts';
import type { ContextConfig, LoadedConfig } from './kube-config.ts';
import { RestClient, type ClientOptions } from './rest-client.ts';

export interface KubeClientOptions extends ClientOptions {
  /** Which context of the kubeconfig. Default: its current one. */
  context?: string;
}

/**
 * A client of one context of a kubeconfig, given as its text or as the path of its file. Throws
 * `PROW_KUBE_CONFIG` for a file that cannot be read or holds no such context.
 */
export async function kubeClientFrom(kubeconfig: string, options: KubeClientOptions = {}): Promise<KubeClient> {
  const config = await loadKubeconfig(kubeconfig);
  return new RestClient(pickContext(config, options.context), options);
}

/** The text itself when it has several lines, else the file of that path. */
export async function loadKubeconfig(kubeconfig: string): Promise<LoadedConfig> {
  const isText = kubeconfig.includes('\n') || kubeconfig.trimStart().startsWith('{');
  const path = resolve(kubeconfig);
  try {
    const text = isText ? kubeconfig : await readFile(path, 'utf8');
    const { parseKubeconfig } = await import('./kube-config.ts');
    return parseKubeconfig(text, isText ? undefined : dirname(path));
  } catch (error) {
    throw new ProwError('PROW_KUBE_CONFIG', `cannot read the kubeconfig${isText ? '' : ` ${path}`}: ${messageOf(error)}`, { cause: error });
  }
}

export function pickContext({ contexts, currentContext }: LoadedConfig, wanted = currentContext): ContextConfig {
  const found = contexts.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = contexts.map(({ name }) => name);
  const near = nearestNames(wanted, names);
  throw new ProwError('PROW_KUBE_CONFIG', `the kubeconfig has no usable context ${JSON.stringify(wanted)}${near.length > 0 ? `, did you mean ${near.join(' or ')}` : ''}; it has: ${names.join(', ') || 'none'}`);
}
