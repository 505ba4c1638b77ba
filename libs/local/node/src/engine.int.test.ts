// The flow with a container engine, played by a script that knows the few commands the node uses: what it is asked for.
// Real ones: engine-containers.int.test.ts
import { afterEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@prow/base-time';
import { removeTree } from './container/remove-tree.ts';
import { chooseDriver } from './driver/choose-driver.ts';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

/** Runs "containers" as processes of this machine; remembers their pids by name. */
const standIn = `#!/bin/sh
state=$(dirname "$0")
echo "$*" >> "$state/calls"
while :; do case "$1" in --log-level) shift 2 ;; *) break ;; esac; done
case "$1" in
container) shift ;;
esac
case "$1 $2" in "run --rm") exit 0 ;; esac
case "$1" in
version) echo 99.1 ;;
build) ;;
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
  test('that answers, but cannot run a container, is not taken', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'prow-node-engine-'));
    await writeFile(join(dir, 'docker'), standIn.replace('exit 0', 'echo "crun: setrlimit: Operation not permitted" >&2; exit 126'));
    await chmod(join(dir, 'docker'), 0o755);
    process.env.PATH = `${dir}:${path}`;
    const choosing = chooseDriver({ runtime: 'docker', nodeName: 'n', dataDir: dir, clock: systemClock, imagesDir: undefined, imageRegistries: [], toolsDir: undefined, nodeBinary: process.execPath, sharedHostPaths: [] });
    await expect(choosing).rejects.toThrow('containers cannot run here (docker: it cannot run a container: crun: setrlimit: Operation not permitted)');
    await removeTree(dir);
  });


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
    expect(calls.match(/ run --name /gm)?.length).toBe(3);
    expect(calls.match(/^rm --force /gm)?.length).toBe(3);
    await cluster.stop();
    cluster = undefined;
    await removeTree(dir);
  }, 30_000);
});
