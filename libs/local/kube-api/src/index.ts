// An embedded Kubernetes API server: what kubectl, informers and upstream's binaries expect, on one file.
export { startKubeApi } from './start-kube-api.ts';
export type { KubeApiOptions, RunningKubeApi } from './start-kube-api.ts';
export { InProcessKubeApi } from './in-process.ts';
export type { InProcessChange, InProcessOptions } from './in-process.ts';
export type { AuthorizationMode } from './access/authorize.ts';
