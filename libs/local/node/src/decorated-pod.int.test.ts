// A decorated job's pod, byte for byte plank's, run with the real pod utilities: in each runtime that works here.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runOrThrow } from '@prow/base-process';
import { makePod } from '@prow/model-pod-spec';
import type { ProwJob } from '@prow/model-prowjob';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeName } from './api.ts';
import { removeTree } from './container/remove-tree.ts';
import { probeSandbox } from './driver/sandbox-probe.ts';
import { image, startCluster, writeFiles, type TestCluster } from './testing/cluster.ts';

let work: string;
let cluster: TestCluster | undefined;
let sandboxWorks = false;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'prow-node-decorated-'));
  sandboxWorks = (await probeSandbox(work)).works;
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const { buildPodUtils } = (await import(`${root}tools/build/pod-utils.mjs`)) as { buildPodUtils: (options: { root: string; outdir: string }) => Promise<void> };
  await buildPodUtils({ root, outdir: join(work, 'tools') });
  const git = (...args: string[]): Promise<unknown> =>
    runOrThrow({ file: 'git', args: ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], cwd: join(work, 'repo'), env: { PATH: process.env.PATH ?? '', HOME: work } });
  await writeFiles(join(work, 'repo'), { 'test.sh': '#!/bin/sh\necho "testing $1 in $PWD"\necho result > "$ARTIFACTS/result.txt"\n', 'fail.sh': '#!/bin/sh\nexit 9\n' });
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'all');
}, 60_000);

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

afterAll(async () => {
  await removeTree(work);
});

function prowJob(name: string, command: string[]): ProwJob {
  const utility = (program: string): string => `us-docker.pkg.dev/k8s-infra-prow/images/${program}:v20260101-abc`;
  return {
    apiVersion: 'prow.k8s.io/v1',
    kind: 'ProwJob',
    metadata: { name },
    spec: {
      type: 'postsubmit', agent: 'kubernetes', job: 'unit',
      refs: { org: 'tess', repo: 'tessops', base_ref: 'main', clone_uri: `file://${work}/repo` },
      pod_spec: { containers: [{ name: '', image, command }] },
      decoration_config: {
        timeout: '1m0s', grace_period: '5s',
        utility_images: { clonerefs: utility('clonerefs'), initupload: utility('initupload'), entrypoint: utility('entrypoint'), sidecar: utility('sidecar') },
        gcs_configuration: { bucket: `file://${work}/artifacts`, path_strategy: 'explicit' },
      },
    },
    status: { state: 'pending' },
  };
}

describe.each(['sandbox', 'process'] satisfies RuntimeName[])('in the %s runtime', (runtime) => {
  test('clones, tests, and uploads', async () => {
    if (runtime === 'sandbox' && !sandboxWorks) {
      process.stderr.write('skipped: namespaces do not work here\n');
      return;
    }
    cluster = await startCluster({ runtime, toolsDir: join(work, 'tools'), sharedHostPaths: [{ path: work, readOnly: false }] });
    for (const [name, command, phase, passed] of [
      [`${runtime}-good`, ['./test.sh', 'well'], 'Succeeded', true],
      [`${runtime}-bad`, ['./fail.sh'], 'Failed', false],
    ] as const) {
      const pod = makePod(prowJob(name, [...command]), `1${name.length}`);
      await cluster.pods.create(pod);
      const { status } = await cluster.finished(name, 30_000);
      const logs = await Promise.all([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(async (container) => `--- ${container.name}\n${await cluster?.log(name, container.name)}`));
      if (status?.phase !== phase) process.stderr.write(`${logs.join('')}\n${JSON.stringify(status, null, 1)}\n`);
      expect([status?.phase, status?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode)]).toEqual([phase, passed ? [0, 0] : [9, 0]]);
      const base = join(work, 'artifacts/logs/unit', `1${name.length}`);
      const finished = JSON.parse(await readFile(join(base, 'finished.json'), 'utf8')) as { passed: boolean };
      expect(finished.passed).toBe(passed);
      if (!passed) continue;
      const log = await readFile(join(base, 'build-log.txt'), 'utf8');
      expect(log).toContain('testing well in ');
      expect(log).toContain('/src/github.com/tess/tessops');
      if (runtime === 'sandbox') expect(log).toContain('in /home/prow/go/src/github.com/tess/tessops');
      expect(await readFile(join(base, 'artifacts/result.txt'), 'utf8')).toBe('result\n');
      expect(await cluster.log(name, 'test')).toContain('testing well');
    }
  }, 60_000);
});
