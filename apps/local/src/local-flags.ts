import { booleanFlag, durationFlag, integerFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import { runtimes } from './kube-app.ts';

const portRange = { min: 0, max: 65_535 };

export const localFlags = {
  dataDir: stringFlag('data-dir', { help: 'where all state is kept; started again on it, the system goes on where it was', default: '.prow' }),
  githubPort: integerFlag('github-port', { help: 'port of the local GitHub (0: any free one)', default: 8081, ...portRange }),
  kubePort: integerFlag('kube-port', { help: 'port of the embedded Kubernetes API (0: any free one)', default: 8082, ...portRange }),
  repos: stringListFlag('repo', { help: 'path of a git repository of yours to serve as local/NAME, with a starter job if it has none' }),
  configDir: stringFlag('config-dir', { help: 'folder with config.yaml, plugins.yaml, jobs/ and local-github.yaml; default: configs of this checkout' }),
  runtime: stringFlag('runtime', { help: `how containers run: ${runtimes.join(', ')}; auto takes Linux namespaces where they work, else docker or podman where they answer, else plain processes`, default: 'auto' }),
  imagesDir: stringFlag('images-dir', { help: 'folder of the images of ours that jobs may name, which docker and podman build from it; default: images of this checkout' }),
  leaseGraceMs: durationFlag('lease-grace', { help: 'how long after the end of its job a test cluster may still be returned by hand', default: '30s' }),
  verbose: booleanFlag('verbose', { help: 'log what each part does, not only warnings and errors', default: false }),
} as const;

export type LocalSettings = FlagValues<typeof localFlags>;
