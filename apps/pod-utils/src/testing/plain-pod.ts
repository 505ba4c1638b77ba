// Runs a decorated pod as plain processes: its mount paths are replaced by folders of a temporary directory. What a node does,
// as small as will do for testing the utilities themselves.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Container, Pod } from '@prow/model-kube-types';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Builds the bundles into a temporary folder. */
export async function buildBundles(): Promise<{ folder: string; remove: () => void }> {
  const outdir = mkdtempSync(join(tmpdir(), 'pod-utils-bundle-'));
  const build = `${root}tools/build/pod-utils.mjs`;
  const { buildPodUtils } = (await import(build)) as { buildPodUtils: (to: { root: string; outdir: string }) => Promise<void> };
  await buildPodUtils({ root, outdir });
  return { folder: join(outdir, 'pod-utils'), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

export interface Ended {
  name: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

const mountPaths = ['/home/prow/go', '/logs', '/tools', '/secrets', '/output'];

export class PlainPod {
  readonly folder = mkdtempSync(join(tmpdir(), 'plain-pod-'));
  readonly #pod: Pod;
  readonly #bundle: string;
  readonly #env: Record<string, string>;
  readonly running = new Map<string, ChildProcess>();

  constructor(pod: Pod, bundle: string, env: Record<string, string> = {}) {
    this.#pod = pod;
    this.#bundle = bundle;
    this.#env = env;
    for (const path of mountPaths) mkdirSync(this.path(path), { recursive: true });
  }

  /** Where a path of the pod is here. */
  path(inPod: string): string {
    return join(this.folder, inPod);
  }

  /** Starts a container; rejects if there is none of that name. */
  start(name: string): Promise<Ended> {
    const container = [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers].find((each) => each.name === name);
    if (container === undefined) return Promise.reject(new Error(`no container ${name}`));
    const [file = '', ...args] = this.#command(container);
    const env = Object.fromEntries((container.env ?? []).map(({ name: key, value = '' }) => [key, this.#map(value)]));
    const cwd = container.workingDir === undefined ? this.folder : this.#map(container.workingDir);
    const child = spawn(file, args, { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, ...this.#env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.running.set(name, child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 1e6) output += text;
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.running.delete(name);
        resolve({ name, code, signal, output });
      });
    });
  }

  /** Init containers one after the other, then all others at once; stops at an init container that fails. */
  async run(): Promise<Ended[]> {
    const ends: Ended[] = [];
    for (const { name } of this.#pod.spec.initContainers ?? []) {
      const end = await this.start(name);
      ends.push(end);
      if (end.code !== 0) return ends;
    }
    return [...ends, ...(await Promise.all(this.#pod.spec.containers.map(({ name }) => this.start(name))))];
  }

  remove(): void {
    for (const child of this.running.values()) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #command({ name, image = '', command = [], args = [] }: Container): string[] {
    const utility = /([^/:]+)(?::[^/]*)?$/.exec(image)?.[1] ?? '';
    const mapped = [...command, ...args].map((part) => this.#map(part));
    if (command.length > 0 || !['clonerefs', 'initupload', 'entrypoint', 'sidecar'].includes(utility)) return mapped;
    const destination = name === 'place-entrypoint' ? [`--copy-dst=${this.path('/tools/entrypoint')}`] : [];
    return [process.execPath, join(this.#bundle, 'main.js'), utility, ...mapped, ...destination];
  }

  #map(text: string): string {
    let mapped = text;
    for (const path of mountPaths) mapped = mapped.replace(new RegExp(`(?<![A-Za-z0-9._/-])${path}(?=[/"\\s:]|$)`, 'g'), this.path(path));
    return mapped;
  }
}
