// What a pod does before and between the lines of its tests' logs, said once each: which container works, since when, how it
// ended. Where one works long, its last line is shown now and then.
import { StringDecoder } from 'node:string_decoder';
import type { KubeClient } from '@prow/clients-kube';
import type { ContainerStatus, Pod } from '@prow/model-kube-types';
import { namespaceOf } from './follow-logs.ts';
import { shownLine } from './shown-line.ts';

/** One thing that happened to a container. */
export interface ProgressEvent {
  container: string;
  /** `waiting`: for what `reason` says; `working`: still, its last line is in `line`. */
  event: 'waiting' | 'started' | 'working' | 'ended';
  at: string;
  exitCode?: number;
  seconds?: number;
  reason?: string;
  line?: string;
}

const reportEveryMs = 10_000;
const tailBytes = 64 * 1024;
/** It says nothing that the other events do not say. */
const silentReasons = new Set(['PodInitializing', 'ContainerCreating']);

export class Progress {
  readonly #kube: KubeClient;
  readonly #tell: (event: ProgressEvent) => void;
  readonly #told = new Map<string, string>();
  #pod: Pod | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(kube: KubeClient, tell: (event: ProgressEvent) => void) {
    this.#kube = kube;
    this.#tell = tell;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#report(), reportEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** To be called with every version of the pod. */
  see(pod: Pod): void {
    this.#pod = pod;
    for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) for (const event of eventsOf(status)) this.#once(event);
  }

  #once(event: ProgressEvent): void {
    const key = `${event.container} ${event.event} ${event.reason ?? ''}`;
    if (this.#told.has(key)) return;
    this.#told.set(key, event.at);
    this.#tell(event);
  }

  /** Of the init container that works: tests show their own log. */
  async #report(): Promise<void> {
    const pod = this.#pod;
    const status = pod?.status?.initContainerStatuses?.find(({ state }) => state?.running !== undefined);
    const startedAt = status?.state?.running?.startedAt;
    if (pod === undefined || status === undefined || startedAt === undefined) return;
    const line = await this.#lastLine(pod, status.name);
    this.#tell({ container: status.name, event: 'working', at: new Date().toISOString(), seconds: secondsBetween(startedAt, new Date().toISOString()), ...(line === '' ? {} : { line }) });
  }

  async #lastLine(pod: Pod, container: string): Promise<string> {
    const decoder = new StringDecoder();
    let tail = '';
    try {
      for await (const chunk of await this.#kube.podLog(namespaceOf(pod), pod.metadata.name ?? '', { container })) tail = (tail + decoder.write(chunk as Buffer)).slice(-tailBytes);
    } catch {
      // It is asked again.
    }
    return shownLine(tail.trimEnd().split('\n').at(-1) ?? '');
  }
}

/** What a status says has happened, in order. */
export function eventsOf({ name, state }: ContainerStatus): ProgressEvent[] {
  const { waiting, running, terminated } = state ?? {};
  if (running?.startedAt !== undefined) return [{ container: name, event: 'started', at: running.startedAt }];
  if (terminated !== undefined) {
    const { startedAt, finishedAt = '', exitCode, reason } = terminated;
    return [
      ...(startedAt === undefined ? [] : [{ container: name, event: 'started' as const, at: startedAt }]),
      { container: name, event: 'ended', at: finishedAt, exitCode, ...(startedAt === undefined || finishedAt === '' ? {} : { seconds: secondsBetween(startedAt, finishedAt) }), ...(reason === undefined || reason === 'Completed' || reason === 'Error' ? {} : { reason }) },
    ];
  }
  if (waiting?.reason !== undefined && !silentReasons.has(waiting.reason)) return [{ container: name, event: 'waiting', at: '', reason: `${waiting.reason}${waiting.message === undefined ? '' : `: ${waiting.message}`}` }];
  return [];
}

/** A line for people. */
export function progressText({ container, event, exitCode, seconds, reason, line }: ProgressEvent): string {
  const after = seconds === undefined ? '' : ` after ${seconds} s`;
  const why = reason === undefined ? '' : ` (${reason})`;
  switch (event) {
    case 'waiting':
      return `${container} waits${why}`;
    case 'started':
      return `${container} runs`;
    case 'working':
      return `${container} still works${after}${line === undefined ? '' : `: ${line}`}`;
    case 'ended':
      return exitCode === 0 ? `${container} is done${after}` : `${container} ended with ${exitCode}${after}${why}`;
  }
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
