import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { booleanFlag, stringFlag, stringListFlag } from '@prow/base-flags';
import type { AppDefinition } from '@prow/base-service';
import type { RuntimeName } from '@prow/local-node';
import { checkoutDir } from './checkout.ts';
import { startKube } from './start-kube.ts';

export const runtimes = ['auto', 'sandbox', 'process', 'podman', 'docker'] as const;

export function runtimeOf(text: string): 'auto' | RuntimeName {
  const found = runtimes.find((name) => name === text);
  if (found === undefined) throw new ProwError('PROW_LOCAL_FLAGS', `--runtime: found "${text}", expected one of ${runtimes.join(', ')}`);
  return found;
}

const flags = {
  dataDir: stringFlag('data-dir', { help: 'where everything is kept', default: '.prow' }),
  kubeconfigOut: stringFlag('kubeconfig-out', { help: 'file to write the kubeconfig to; default: kubeconfig in --data-dir' }),
  namespaces: stringListFlag('namespace', { help: 'namespace to make if it is missing', default: ['test-pods', 'ci'] }),
  runtime: stringFlag('runtime', { help: `how containers run: ${runtimes.join(', ')}`, default: 'auto' }),
  imagesDir: stringFlag('images-dir', { help: 'folder with a folder per image of ours; default: images of this checkout' }),
  toolsDir: stringFlag('tools-dir', { help: 'folder with the built pod utilities; default: dist of this checkout' }),
  artifactsDir: stringFlag('artifacts-dir', { help: 'folder that pods may write artifacts to; default: artifacts in --data-dir' }),
  gitConfig: stringFlag('git-config', { help: "file that git in pods reads as the system's configuration: where repositories of github.com really are" }),
  withNode: booleanFlag('node', { help: 'run pods; --node=false serves the API alone', default: true }),
} as const;

/** The embedded Kubernetes alone. */
export const kubeApp: AppDefinition<typeof flags> = {
  name: 'kube',
  summary: 'An embedded Kubernetes API server, with a node that runs pods on this machine.',
  examples: ['prow run kube --data-dir=.prow --kubeconfig-out=kubeconfig', 'KUBECONFIG=kubeconfig kubectl get pods -A'],
  flags,
  defaultPort: 8082,
  servesItself: true,
  start: async (settings, { log, clock, listenOn }) => {
    const dataDir = resolve(settings.dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const kube = await startKube({
      dataDir,
      port: listenOn.port,
      address: listenOn.address,
      portFlag: 'port',
      kubeconfigOut: settings.kubeconfigOut ?? join(dataDir, 'kubeconfig'),
      namespaces: settings.namespaces,
      node: settings.withNode
        ? {
            runtime: runtimeOf(settings.runtime),
            imagesDir: settings.imagesDir ?? join(checkoutDir(), 'images'),
            toolsDir: settings.toolsDir ?? join(checkoutDir(), 'dist'),
            artifactsDir: resolve(settings.artifactsDir ?? join(dataDir, 'artifacts')),
            ...(settings.gitConfig === undefined ? {} : { gitConfig: resolve(settings.gitConfig) }),
          }
        : undefined,
      log,
      clock,
    });
    log.info('Kubernetes API serves', { url: kube.url, ...(kube.node === undefined ? {} : { node: kube.node.description }) });
    return { url: kube.url, stop: () => kube.stop() };
  },
};
