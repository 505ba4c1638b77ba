// What every pod on the node shares.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import type { ResourceList } from '@prow/model-kube-types';
import type { ShimTools } from '../container/shim.ts';
import type { Driver } from '../driver/driver.ts';
import type { VolumeReader } from '../volume/volume-files.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Gate } from './gate.ts';

export interface NodeContext {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  nodeName: string;
  hostIP: string;
  allocatable: ResourceList;
  driver: Driver;
  shim: ShimTools;
  objects: VolumeReader;
  events: EventRecorder;
  /** Limits how many containers are set up at the same time. */
  starts: Gate;
  allowHostPaths: boolean | readonly string[];
  containerEnv: Readonly<Record<string, string>>;
  maxLogBytes: number;
  /** A folder per pod, by uid. */
  podsDir: string;
}
