// The contract of the ways to run a container on this machine.
import { ProwError } from '@prow/base-errors';
import type { Container, ImagePullPolicy, Pod } from '@prow/model-kube-types';
import type { RuntimeName } from '../api.ts';
import type { ImageConfig } from '../image/dockerfile.ts';

/** An image that can be run now. */
export interface ContainerImage {
  reference: string;
  /** For `imageID` in statuses. */
  id: string;
  config: ImageConfig;
  /** Files that it brings over the machine's own system; absent where an engine has the image. */
  filesDir?: string;
  /** One of our own pod utilities: run by Node, with this name as first argument. */
  utility?: string;
  /** False when it had to be fetched or unpacked just now. */
  wasPresent: boolean;
  sizeBytes: number;
}

/** An image that cannot be run; `reason` is the kubelet's waiting reason. */
export class ImageError extends ProwError {
  readonly reason: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName';
  /** This node has no means to get it, whoever waits. */
  readonly isHopeless: boolean;

  constructor(reason: ImageError['reason'], message: string, { cause, isHopeless = false }: { cause?: unknown; isHopeless?: boolean } = {}) {
    super('PROW_NODE_IMAGE', message, { cause });
    this.reason = reason;
    this.isHopeless = isHopeless;
  }
}

export interface Mount {
  containerPath: string;
  hostPath: string;
  readOnly: boolean;
  isFile: boolean;
}

/** Everything a driver needs to start one attempt of one container. */
export interface ContainerPlan {
  pod: Pod;
  container: Container;
  attempt: number;
  /** This attempt's own folder; drivers keep their files in it. */
  directory: string;
  image: ContainerImage;
  /** Image entrypoint, command and args merged and expanded; never empty. */
  command: readonly string[];
  env: ReadonlyMap<string, string>;
  workingDir: string;
  mounts: readonly Mount[];
  user?: { uid: number; gid: number };
  memoryLimitBytes?: number;
  /** False: nothing but a loopback of its own. */
  hasNetwork: boolean;
}

/** What the shim executes, and how. */
export interface Launch {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Where it begins. Default `/`. */
  cwd?: string;
  /** A cgroup folder the container's first process puts itself into. */
  cgroup?: string;
  /** The processes left in the main process's session are killed when it ends. */
  endsSession: boolean;
}

/** One attempt that was started, by this node or by one before it. */
export interface StartedContainer {
  podUid: string;
  containerName: string;
  attempt: number;
  directory: string;
  /** The process that the shim started: of this machine's process table. */
  mainPid: number;
}

/** A program to be started on this machine, which runs inside of a container. */
export interface InsideCommand {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

export interface ExecResult {
  exitCode: number;
  /** Both outputs, the first kilobytes. */
  output: string;
}

/**
 * Calls for different containers run at the same time; for one container, `launch` comes first, and `cleanUp` last.
 * A plan is launched at most once: whoever repeats it for the same folder is turned away by the shim.
 */
export interface Driver {
  readonly name: RuntimeName;
  /** One line for people. */
  readonly description: string;
  /** `containerRuntimeVersion` of the node: `sandbox://2.38`. */
  readonly version: string;
  /** @throws ImageError when there is no such image here and none can be made. */
  prepareImage(request: { reference: string; policy: ImagePullPolicy; usesDefaultCommand: boolean }): Promise<ContainerImage>;
  launch(plan: ContainerPlan): Promise<Launch>;
  /** To the container's process 1 only. A container that has ended is no error. */
  signal(container: StartedContainer, signal: NodeJS.Signals): Promise<void>;
  /** Ends all processes of the container at once. */
  kill(container: StartedContainer): Promise<void>;
  /** How to run a command inside, with the container's environment and working directory. Undefined: the container has ended. */
  commandInside(container: StartedContainer, command: readonly string[]): Promise<InsideCommand | undefined>;
  /** Runs a command inside. */
  exec(container: StartedContainer, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /**
   * After the end: whether memory ran out, and why its program was never started, where that comes to light only now.
   * Frees everything but the log and the records.
   */
  cleanUp(container: Omit<StartedContainer, 'mainPid'>): Promise<{ oomKilled: boolean; startError?: string }>;
  /** Before anything is adopted or started: removes what earlier nodes left undone. */
  removeOrphans?(): Promise<void>;
  /** Removes a folder with files that this process may not remove. */
  removeTree?(path: string): Promise<void>;
  /** Resolves when nothing is under way any more. */
  close?(): Promise<void>;
}
