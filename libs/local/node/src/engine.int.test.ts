// The flow with a container engine, played by a script that knows the few commands the node uses; and with the real
// one, where it answers.
import { afterEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@prow/base-process';
import { removeTree } from './container/remove-tree.ts';
import { probeEngine } from './driver/engine.ts';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

const realImage = 'docker.io/library/busybox:latest';

/** Runs "containers" as processes of this machine; remembers their pids by name. */
const standIn = `#!/bin/sh
state=$(dirname "$0")
echo "$*" >> "$state/calls"
case "$1" in
version) echo 99.1 ;;
image) [ "$3" = registry.example.org/there:1 ] || [ -e "$state/pulled" ] || exit 1
  echo '[{"Id":"sha256:abc","Size":7,"Config":{"Env":["FROM=image"],"WorkingDir":"/tmp","Cmd":["echo","default"]}}]' ;;
pull) case "$3" in *missing*) echo "manifest unknown" >&2; exit 1 ;; esac; touch "$state/pulled" ;;
run) shift; name= command= ; cd /
  while [ $# -gt 0 ]; do case "$1" in
    --name) name=$2; shift 2 ;;
    --entrypoint) command=$2; shift 3; break ;;
    --*) shift 2 ;;
    *) shift ;;
  esac; done
  mkdir "$state/$name" || exit 125
  echo $$ > "$state/$name/pid"
  exec "$command" "$@" ;;
kill) if [ "$2" = --signal ]; then kill -s "$(echo "$3" | sed s/SIG//)" "$(cat "$state/$4/pid")"; else kill -s KILL "$(cat "$state/$2/pid")"; fi ;;
inspect) echo false ;;
rm) rm -r "$state/$3" ;;
esac
`;

let cluster: TestCluster | undefined;
const path = process.env.PATH;

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  process.env.PATH = path;
});

describe('a container engine', () => {
  test('pulls, runs, is signalled, and leaves nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'prow-node-engine-'));
    await writeFile(join(dir, 'docker'), standIn);
    await chmod(join(dir, 'docker'), 0o755);
    process.env.PATH = `${dir}:${path}`;
    cluster = await startCluster({ runtime: 'docker' });
    expect(cluster.node.description).toBe('containers run in docker 99.1');
    await cluster.create('good', { containers: [{ ...script('main', 'echo "$WORD"; exit 3'), image: 'registry.example.org/there:1', imagePullPolicy: 'IfNotPresent', env: [{ name: 'WORD', value: 'two words' }] }] });
    const { status } = await cluster.finished('good');
    expect(status?.containerStatuses?.[0]).toMatchObject({ imageID: 'sha256:abc', state: { terminated: { exitCode: 3 } } });
    expect(await cluster.log('good', 'main')).toBe('two words\n');
    await cluster.create('default', { containers: [{ name: 'main', image: 'registry.example.org/new:1' }] });
    await cluster.finished('default');
    expect(await cluster.log('default', 'main')).toBe('default\n');
    await cluster.create('missing', { containers: [{ name: 'main', image: 'registry.example.org/missing:1', imagePullPolicy: 'Always' }] });
    const waiting = await cluster.until('missing', (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull');
    expect(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('manifest unknown');
    await cluster.create('stopped', { containers: [{ ...script('main', 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'), image: 'registry.example.org/there:1', imagePullPolicy: 'IfNotPresent' }] });
    while (!(await cluster.log('stopped', 'main')).includes('up')) await new Promise((resolve) => setTimeout(resolve, 20));
    const following = cluster.log('stopped', 'main', '?follow=true');
    await cluster.pods.delete('stopped');
    expect(await following).toBe('up\nbye\n');
    await cluster.until('stopped', (pod) => pod === undefined);
    const calls = await readFile(join(dir, 'calls'), 'utf8');
    expect(calls.match(/^run /gm)?.length).toBe(3);
    expect(calls.match(/^rm --force /gm)?.length).toBe(3);
    await cluster.stop();
    cluster = undefined;
    await removeTree(dir);
  }, 30_000);

  test.each(['docker', 'podman'] as const)('%s itself runs a pod', async (engine) => {
    const probe = await probeEngine(engine);
    if (typeof probe === 'string') {
      process.stderr.write(`skipped: ${engine} ${probe}\n`);
      return;
    }
    // It answers, but can it run anything: without a registry in reach, or inside of another container?
    const tried = await run({ file: probe.file, args: ['run', '--rm', '--network', 'host', realImage, 'true'], timeoutMs: 60_000 });
    if (tried.code !== 0) {
      process.stderr.write(`skipped: ${engine} cannot run ${realImage} here: ${tried.stderr.trim().split('\n').at(-1)}\n`);
      return;
    }
    cluster = await startCluster({ runtime: engine });
    await cluster.create('real', { containers: [{ name: 'main', image: realImage, command: ['echo', 'hello'], imagePullPolicy: 'IfNotPresent' }] });
    await cluster.finished('real', 120_000);
    expect(await cluster.log('real', 'main')).toBe('hello\n');
  }, 200_000);
});
