// The real embedded parts for tests: they are this code base's test doubles. Imported only when asked for, since
// they are large and most tests need none of them.
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { silentLogger, type Logger } from '@prow/base-log';
import { systemClock, type Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import type { LocalGitHub } from '@prow/local-github';
import type { RunningKubeApi } from '@prow/local-kube-api';
import { makeTempDir, removeDir } from '@prow/testing-harness';

export interface TestPartOptions {
  clock?: Clock;
  log?: Logger;
}

/** An embedded Kubernetes API in a folder of its own, and a client of it. */
export interface TestKube {
  api: RunningKubeApi;
  client: KubeClient;
  dataDir: string;
  /** Stops it and starts it again over the same data, on the same port; `api` and `client` are new ones then. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An embedded Kubernetes API for a test; `stop` it at the end, which also removes its data. */
export async function startTestKube({ clock = systemClock, log = silentLogger }: TestPartOptions = {}): Promise<TestKube> {
  const [{ startKubeApi }, { kubeClientFrom }] = await Promise.all([import('@prow/local-kube-api'), import('@prow/clients-kube')]);
  const root = makeTempDir('kube');
  const dataDir = join(root, 'data');
  const start = async (port: number): Promise<{ api: RunningKubeApi; client: KubeClient }> => {
    const api = await startKubeApi({ dataDir, port, clock, log });
    return { api, client: await kubeClientFrom(api.kubeconfig()) };
  };
  const kube: TestKube = {
    ...(await start(0)),
    dataDir,
    restart: async () => {
      const port = Number(new URL(kube.api.url).port);
      await kube.api.stop();
      Object.assign(kube, await start(port));
    },
    stop: async () => {
      await kube.api.stop();
      removeDir(root);
    },
  };
  return kube;
}

/** A local GitHub in a folder of its own. */
export interface TestGitHub {
  github: LocalGitHub;
  stop(): Promise<void>;
}

/** A local GitHub for a test; `stop` it at the end, which also removes its data. */
export async function startTestGitHub({ clock = systemClock, log = silentLogger }: TestPartOptions = {}): Promise<TestGitHub> {
  const { startLocalGitHub } = await import('@prow/local-github');
  const root = makeTempDir('github');
  const github = await startLocalGitHub({ dataDir: join(root, 'data'), clock, log });
  return {
    github,
    stop: async () => {
      await github.stop();
      removeDir(root);
    },
  };
}

/** For the top of a test file: starts a part at its first use, stops it after the file's last test. */
export function useStarted<Part extends { stop(): Promise<void> }>(start: () => Promise<Part>): () => Promise<Part> {
  let started: Promise<Part> | undefined;
  afterAll(async () => {
    await (await started)?.stop();
  });
  return () => (started ??= start());
}
