// Commands in running containers, through the API server, as kubectl asks for them.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@prow/base-process';
import { WebSocket } from 'ws';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

interface Session {
  stdout: string;
  stderr: string;
  status: { status?: string; reason?: string; message?: string; details?: { causes?: { message: string }[] } };
}

describe.each(['auto', 'process'] as const)('exec and attach, runtime %s', (runtime) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ runtime });
    await cluster.create('p', { containers: [script('main', 'while :; do echo beat; sleep 0.1; done', { env: [{ name: 'INSIDE', value: 'yes' }] }), script('other', 'sleep 600')], terminationGracePeriodSeconds: 0 });
    await cluster.until('p', (pod) => pod?.status?.containerStatuses?.every(({ state }) => state?.running !== undefined) === true);
  });
  afterAll(async () => {
    await cluster.stop();
  });

  function open(path: string, token = cluster.api.token): WebSocket {
    const url = `${cluster.api.url.replace(/^http/, 'ws')}/api/v1/namespaces/default/pods/${path}`;
    return new WebSocket(url, ['v5.channel.k8s.io'], { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false });
  }

  const execPath = (command: readonly string[], more = 'stdout=true&stderr=true'): string => `p/exec?container=main&${more}&${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}`;

  function session(socket: WebSocket, onOpen: () => void = () => {}): Promise<Session> {
    return new Promise((resolve, reject) => {
      const texts = ['', '', '', ''];
      socket.on('open', onOpen).on('message', (data: Buffer) => void (texts[data[0] ?? 0] += data.subarray(1).toString('latin1')));
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
      });
      socket.once('error', reject).once('close', () => resolve({ stdout: texts[1] ?? '', stderr: texts[2] ?? '', status: JSON.parse(texts[3] || '{}') as Session['status'] }));
    });
  }

  test('a command sees what the container sees; its outputs are told apart, its end is told', async () => {
    const { stdout, stderr, status } = await session(open(execPath(['sh', '-c', 'echo "$INSIDE $FROM_IMAGE"; pwd; echo oops >&2'])));
    expect([stdout.split('\n')[0], stderr, status]).toEqual(['yes yes', 'oops\n', { metadata: {}, status: 'Success' }]);
    expect(stdout).toContain('workspace');
    const failed = await session(open(execPath(['sh', '-c', 'exit 3'])));
    expect(failed.status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
    expect((await session(open(execPath(['/no/such/program'])))).status.status).toBe('Failure');
  });

  test('input is passed on until it ends', async () => {
    const socket = open(execPath(['cat'], 'stdin=true&stdout=true'));
    const { stdout, status } = await session(socket, () => {
      for (let part = 0; part < 200; part += 1) socket.send(Buffer.concat([Buffer.from([0]), Buffer.alloc(10_000, 0x61)]));
      socket.send(Buffer.from([255, 0]));
    });
    expect([stdout.length, status.status]).toEqual([2_000_000, 'Success']);
  });

  test('a lot of output for a slow reader is all there', async () => {
    const socket = open(execPath(['sh', '-c', 'head -c 30000000 /dev/zero']));
    let count = 0;
    socket.on('message', () => {
      // Reads in spurts.
      count += 1;
      if (count % 100 !== 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), 5);
    });
    expect((await session(socket)).stdout.length).toBe(30_000_000);
  });

  test('who leaves ends the command', async () => {
    const seconds = runtime === 'auto' ? '31337' : '31338';
    const isThere = (): boolean => readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid).endsWith(`sleep\0${seconds}\0`));
    const socket = open(execPath(['sleep', seconds]));
    await new Promise((resolve) => socket.once('open', resolve));
    await eventually(isThere);
    socket.terminate();
    await eventually(() => !isThere());
  });

  test('attach shows what is written from now on', async () => {
    const socket = open('p/attach?container=main&stdout=true');
    let text = '';
    socket.on('message', (data: Buffer) => (text += data.subarray(1).toString()));
    await eventually(() => text.split('beat\n').length > 3);
    socket.terminate();
  });

  test('what cannot be is refused with a Status', async () => {
    const why = (path: string, token?: string): Promise<string> => session(open(path, token)).then(() => 'nothing', (error: unknown) => (error instanceof Error ? error.message : ''));
    expect(await why('p/exec?container=none&stdout=true&command=true')).toMatch(/^400 .*"kind":"Status".*container none is not valid for pod p/);
    expect(await why('p/exec?container=main&stdout=true')).toMatch(/^400 .*at least 1 command/);
    expect(await why('p/exec?stdout=true&command=true')).toMatch(/^400 .*a container name must be specified/);
    expect(await why(execPath(['sh'], 'tty=true&stdout=true'))).toMatch(/^400 .*no terminals/);
    expect(await why('none/exec?command=true')).toMatch(/^404 .*pods \\"none\\" not found/);
    expect(await why(execPath(['true']), 'wrong')).toMatch(/^401 .*Unauthorized/);
    expect(await why('p/log')).toMatch(/^400 .*no upgrade is served here/);
  });

  (hasKubectl ? test : test.skip)('kubectl exec, with its exit code (skipped where kubectl is not installed)', async () => {
    await writeFile(join(cluster.dir, 'kubeconfig'), cluster.api.kubeconfig());
    const kubectl = (args: readonly string[], input = ''): ReturnType<typeof run> => run({ file: 'kubectl', args: [...args], input, timeoutMs: 30_000, env: { ...process.env, KUBECONFIG: join(cluster.dir, 'kubeconfig'), HOME: cluster.dir } as Record<string, string> });
    expect(await kubectl(['exec', 'p', '-c', 'main', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toMatchObject({ stdout: 'out\n', code: 7 });
    expect(await kubectl(['exec', '-i', 'p', '-c', 'other', '--', 'cat'], 'through and back')).toMatchObject({ stdout: 'through and back', code: 0 });
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('never came');
}
