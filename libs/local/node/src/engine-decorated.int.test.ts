// A decorated job's pod, byte for byte plank's, in real containers: whatever the test's image holds, our utilities do
// their work in it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runOrThrow } from '@prow/base-process';
import { makePod } from '@prow/model-pod-spec';
import type { ProwJob } from '@prow/model-prowjob';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeTree } from './container/remove-tree.ts';
import { startCluster, writeFiles, type TestCluster } from './testing/cluster.ts';
import { TestImages, workingEngines, type TestImage } from './testing/engines.ts';

const engines = await workingEngines();

if (engines.length === 0) test('no engine runs containers here', () => expect(engines).toEqual([]));

describe.each(engines)('$engine', (engine) => {
  const images = new TestImages(engine);
  let work: string;
  let cluster: TestCluster;
  let sha = '';

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'prow-node-engine-decorated-'));
    const root = fileURLToPath(new URL('../../../../', import.meta.url));
    const { buildPodUtils } = (await import(`${root}tools/build/pod-utils.mjs`)) as { buildPodUtils: (options: { root: string; outdir: string }) => Promise<void> };
    await buildPodUtils({ root, outdir: join(work, 'tools') });
    const git = (...args: string[]): Promise<{ stdout: string }> =>
      runOrThrow({ file: 'git', args: ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], cwd: join(work, 'repo'), env: { PATH: process.env.PATH ?? '', HOME: work } });
    await writeFiles(join(work, 'repo'), { 'test.sh': '#!/bin/sh\necho "testing $1 in $PWD"\necho trouble > /dev/stderr\necho result > "$ARTIFACTS/result.txt"\nexit "$2"\n' });
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-q', '-m', 'all');
    sha = (await git('rev-parse', 'HEAD')).stdout.trim();
    // For the job that runs as somebody else than who made these.
    await mkdir(join(work, 'open'));
    for (const folder of [work, join(work, 'open')]) await chmod(folder, 0o777);
    await writeFile(join(work, 'gitconfig'), '[safe]\n\tdirectory = *\n');
    cluster = await startCluster({ runtime: engine.engine, toolsDir: join(work, 'tools'), sharedHostPaths: [{ path: work, readOnly: false }], containerEnv: { GIT_CONFIG_SYSTEM: join(work, 'gitconfig') } });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
    await removeTree(work, removeInContainer);
    await images.remove();
  });

  /** Where the engine is this user's, artifacts of other users are not. */
  async function removeInContainer(path: string): Promise<void> {
    const image = await images.glibc();
    if ('reference' in image) await engine.call(['run', '--rm', '--network', 'host', '--volume', `${dirname(path)}:/parent`, image.reference, 'rm', '-rf', join('/parent', basename(path))]);
  }

  function prowJob(name: string, image: string, command: string[], more: Partial<ProwJob['spec']>): ProwJob {
    const utility = (program: string): string => `hub.tess.io/prowimages/${program}:latest`;
    return {
      apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name },
      spec: {
        type: 'postsubmit', agent: 'kubernetes', job: name,
        refs: { org: 'tess', repo: 'tessops', base_ref: 'main', base_sha: sha, clone_uri: `file://${work}/repo` },
        pod_spec: { containers: [{ name: '', image, imagePullPolicy: 'Never', command }] },
        decoration_config: {
          timeout: '1m0s', grace_period: '5s',
          utility_images: { clonerefs: utility('clonerefs'), initupload: utility('initupload'), entrypoint: utility('entrypoint'), sidecar: utility('sidecar') },
          gcs_configuration: { bucket: `file://${work}/artifacts`, path_strategy: 'explicit' },
        },
        ...more,
      },
      status: { state: 'pending' },
    };
  }

  async function run(name: string, image: string, command: string[], more: Partial<ProwJob['spec']> = {}, bucket = 'artifacts'): Promise<{ phase: string | undefined; codes: unknown; tree: string[]; log: string; result: unknown }> {
    const pod = makePod(prowJob(name, image, command, more), '17');
    await cluster.pods.create(pod);
    const { status } = await cluster.finished(name, 90_000);
    const base = join(work, bucket, 'logs', name, '17');
    if (!existsSync(join(base, 'finished.json'))) {
      const logs = await Promise.all([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(async (container) => `--- ${container.name}\n${await cluster.log(name, container.name)}`));
      throw new Error(`${logs.join('')}\n${JSON.stringify(status, null, 1)}`);
    }
    const entries = await readdir(base, { withFileTypes: true, recursive: true });
    return {
      phase: status?.phase,
      codes: status?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode),
      tree: entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1)).sort(),
      log: await readFile(join(base, 'build-log.txt'), 'utf8'),
      result: (JSON.parse(await readFile(join(base, 'finished.json'), 'utf8')) as { result: unknown }).result,
    };
  }

  const files = ['build-log.txt', 'clone-log.txt', 'clone-records.json', 'finished.json', 'sidecar-logs.json', 'started.json'];
  const use = (made: TestImage, what: string): string | undefined => {
    if ('reference' in made) return made.reference;
    process.stderr.write(`skipped: a test in ${what}: ${made.missing}\n`);
    return undefined;
  };

  test.each(['glibc', 'busybox'] as const)('clones, tests with a shell, and uploads: %s', async (kind) => {
    const image = use(await images[kind](), kind);
    if (image === undefined) return;
    const good = await run(`${kind}-good`, image, ['./test.sh', 'well', '0']);
    expect(good).toEqual({
      phase: 'Succeeded', codes: [0, 0], result: 'SUCCESS', tree: ['artifacts/result.txt', ...files],
      log: 'testing well in /home/prow/go/src/github.com/tess/tessops\ntrouble\n',
    });
    const bad = await run(`${kind}-bad`, image, ['./test.sh', 'ill', '9']);
    expect(bad).toMatchObject({ phase: 'Failed', codes: [9, 0], result: 'FAILURE' });
    const none = await run(`${kind}-none`, image, ['./nosuch']);
    expect(none).toMatchObject({ phase: 'Failed', codes: [127, 0], result: 'FAILURE' });
  }, 180_000);

  test.each(['bare', 'musl'] as const)('tests without a shell in the image: %s', async (kind) => {
    const image = use(await images[kind](), kind);
    if (image === undefined) return;
    expect(await run(`${kind}-good`, image, ['/echo', 'all', 'alone'])).toEqual({ phase: 'Succeeded', codes: [0, 0], result: 'SUCCESS', tree: files, log: 'all alone\n' });
  }, 120_000);

  test('a job that is out of time, and one that runs as somebody', async () => {
    const image = use(await images.glibc(), 'glibc');
    if (image === undefined) return;
    const { decoration_config: decoration } = prowJob('x', image, [], {}).spec;
    const late = await run('late', image, ['sh', '-c', 'echo up; sleep 600'], { decoration_config: { ...decoration, timeout: '2s', grace_period: '1s' } });
    expect(late).toMatchObject({ phase: 'Failed', result: 'FAILURE', log: expect.stringMatching(/^up\n/) });
    const user = await run('user', image, ['sh', '-c', 'id -u; echo mine > "$ARTIFACTS/mine"'], { decoration_config: { ...decoration, run_as_user: 1000, run_as_group: 1000, fs_group: 1000, gcs_configuration: { bucket: `file://${work}/open`, path_strategy: 'explicit' } } }, 'open');
    expect(user).toMatchObject({ phase: 'Succeeded', result: 'SUCCESS', log: '1000\n', tree: ['artifacts/mine', ...files] });
  }, 120_000);
});
