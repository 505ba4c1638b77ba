// What starts a node, and what a started one offers.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';

export type RuntimeName = 'sandbox' | 'process' | 'podman' | 'docker';

/** A path of this machine that containers see at the same place. */
export interface SharedHostPath {
  path: string;
  /** Default true. */
  readOnly?: boolean;
  /** Not the tests' containers, only those of clonerefs, initupload, entrypoint and sidecar. Default false. */
  utilitiesOnly?: boolean;
}

export interface NodeOptions {
  kube: KubeClient;
  /** Pods, their logs and volumes, and unpacked images live here. One node at a time. */
  dataDir: string;
  log: Logger;
  clock: Clock;
  /** `auto`: sandbox where namespaces work, else docker or podman where they answer, else process. */
  runtime: 'auto' | RuntimeName;
  /** Default `local`. */
  nodeName?: string;
  /** Folder with a folder per image of ours, each with a Dockerfile. Default: there are none. */
  imagesDir?: string;
  /** What precedes the folder's name in references to images of ours. Default `hub.tess.io/prowimages/`. */
  imageRegistries?: readonly string[];
  /** Has `pod-utils/main.js`, our clonerefs, initupload, entrypoint and sidecar. Without it they cannot run. */
  toolsDir?: string;
  /** The Node that runs them. Default: this process's own. */
  nodeBinary?: string;
  /** For artifacts kept in a folder, above all. */
  sharedHostPaths?: readonly SharedHostPath[];
  /** Environment of every container, below what its image and its pod say: where services of this machine are. */
  containerEnv?: Readonly<Record<string, string>>;
  /** Whether pods may use hostPath volumes: all paths, those below given ones, or (default) none. */
  allowHostPaths?: boolean | readonly string[];
  /** Default: this machine's processors and memory, and 250 pods. */
  capacity?: { cpu?: string; memory?: string; pods?: number; ephemeralStorage?: string };
  /** Added to the node's own labels. */
  labels?: Readonly<Record<string, string>>;
  /** Where logs are served for the API server. Default 127.0.0.1 and any free port. */
  address?: string;
  port?: number;
  /** Asked of those who read logs there, as a bearer token. Default: nobody is asked. */
  token?: string;
  /**
   * Where a container's log on disk has grown beyond this, its beginning is dropped, the newer half stays, a line in it
   * says how much went, and it goes on. Looked at while it runs, so it may be passed for a moment. Default 1 GiB.
   */
  maxLogBytes?: number;
}

export interface StopOptions {
  /** Containers go on by themselves, for the next node over the same `dataDir` to adopt. Default false. */
  leaveRunning?: boolean;
  /** Between SIGTERM and SIGKILL. Default 2000. */
  graceMs?: number;
}

export interface RunningNode {
  readonly name: string;
  readonly runtime: RuntimeName;
  /** One line for people: how containers run here and what that means. */
  readonly description: string;
  /** Where logs are served: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /**
   * Ends all containers and writes their pods' statuses, so the API must still be up. Pods that would not restart by
   * themselves are marked as evicted (what plank revives); none of their processes is left.
   */
  stop(options?: StopOptions): Promise<void>;
}
