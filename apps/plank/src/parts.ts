// What the controllers share.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { Tracing } from '@prow/base-tracing';
import type { ConfigSource } from '@prow/clients-config-source';
import type { GitHubClient } from '@prow/clients-github';
import type { Informer, KubeClient, ResourceApi } from '@prow/clients-kube';
import type { KubeBuildClusters } from '@prow/engine-plank';
import type { DeletedJobs } from '@prow/engine-report';
import type { ProwJob } from '@prow/model-prowjob';
import type { Registry } from 'prom-client';
import type { PlankSettings } from './flags.ts';

export interface Parts {
  settings: PlankSettings;
  config: ConfigSource;
  main: KubeClient;
  clusters: KubeBuildClusters;
  buildClients: () => ReadonlyMap<string, KubeClient>;
  github: GitHubClient;
  prowJobs: Informer<ProwJob>;
  prowJobApi: ResourceApi<ProwJob>;
  namespace: string;
  /** Where crier runs in this process: tells GitHub of jobs that were deleted before their end. */
  deletedJobs?: DeletedJobs;
  clock: Clock;
  log: Logger;
  metrics: Registry;
  tracing: Tracing;
}

/** A controller that is ready to lead. `prepare` ran before the informer started. */
export interface Controller {
  name: string;
  /** Upstream's name of its lock where it has one. */
  leaseName: string;
  /** Begins to work; resolves to what ends it. `mayWrite` turns false when leadership is lost. */
  lead(mayWrite: () => boolean): Promise<() => Promise<void>>;
}
