// Logs of the job's containers, as they are written; each line with its container's name where there are several.
import { StringDecoder } from 'node:string_decoder';
import { messageOf } from '@prow/base-errors';
import type { KubeClient } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import type { Console } from '../command.ts';
import { testContainers } from './pod-outcome.ts';

export class LogFollower {
  readonly #kube: KubeClient;
  readonly #console: Console;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #onLine: ((container: string, line: string) => void) | undefined;

  /** @param onLine gets whole lines instead of the console */
  constructor(kube: KubeClient, console: Console, onLine?: (container: string, line: string) => void) {
    this.#kube = kube;
    this.#console = console;
    this.#onLine = onLine;
  }

  /** To be called with every version of the pod: follows the test containers that have begun. */
  see(pod: Pod): void {
    const tests = testContainers(pod).map(({ name }) => name);
    for (const { name, state } of pod.status?.containerStatuses ?? []) {
      if (!tests.includes(name) || this.#running.has(name) || (state?.running === undefined && state?.terminated === undefined)) continue;
      this.#running.set(name, this.#follow(pod, name, tests.length > 1 ? `${name}: ` : ''));
    }
  }

  /** Resolves when all that was followed is shown, or after the time. */
  async finish(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.all(this.#running.values()), late]);
    clearTimeout(timer);
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  /** The whole log of a container that has ended, to standard error. */
  async show(pod: Pod, container: string): Promise<void> {
    try {
      const decoder = new StringDecoder();
      for await (const chunk of await this.#kube.podLog(namespaceOf(pod), pod.metadata.name ?? '', { container })) this.#console.error(decoder.write(chunk as Buffer));
    } catch (error) {
      this.#console.error(`prow mkpod: the log of ${container} cannot be read: ${messageOf(error)}\n`);
    }
  }

  async #follow(pod: Pod, container: string, prefix: string): Promise<void> {
    const decoder = new StringDecoder();
    let line = '';
    const show = (lines: readonly string[]): void => {
      if (this.#onLine === undefined) this.#console.out(lines.map((each) => `${prefix}${each}\n`).join(''));
      else for (const each of lines) this.#onLine(container, each);
    };
    const write = (text: string): void => {
      if (prefix === '' && this.#onLine === undefined) {
        this.#console.out(text);
        return;
      }
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      if (lines.length > 0) show(lines);
    };
    try {
      for await (const chunk of await this.#kube.podLog(namespaceOf(pod), pod.metadata.name ?? '', { container, follow: true, signal: this.#stop.signal })) write(decoder.write(chunk as Buffer));
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#console.error(`prow mkpod: the log of ${container} breaks off: ${messageOf(error)}\n`);
    }
    if (line !== '') show([line]);
  }
}

export function namespaceOf(pod: Pod): string {
  return pod.metadata.namespace ?? 'default';
}
