// A command in a container, over a WebSocket: each message begins with the number of the stream it belongs to.
// upstream: kubelet/pkg/cri/streaming/remotecommand/websocket.go
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { InsideCommand } from '../driver/driver.ts';

/** Newest first; the fifth can tell that the input has ended. */
export const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;
const closeSignal = 255;
/** What may wait for a reader before the command does. */
const highWaterBytes = 1024 * 1024;
const resumePollMs = 20;

export interface ExecStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** Runs the command until it ends, or until the caller is gone: then it is killed, with all it started in its session. */
export async function runExec(socket: WebSocket, command: InsideCommand, streams: ExecStreams): Promise<void> {
  const child = spawn(command.file, [...command.args], { cwd: command.cwd, env: { ...command.env }, detached: true, stdio: [streams.stdin ? 'pipe' : 'ignore', streams.stdout ? 'pipe' : 'ignore', streams.stderr ? 'pipe' : 'ignore'] });
  const kill = (): void => killSession(child);
  socket.once('close', kill);
  try {
    const ended = endOf(child);
    if (child.stdin !== null) passInput(socket, child.stdin);
    await Promise.all([send(socket, channels.stdout, child.stdout), send(socket, channels.stderr, child.stderr), ended]);
    finish(socket, statusOf(await ended));
  } catch (error) {
    finish(socket, failure('InternalError', `the command could not be started: ${error instanceof Error ? error.message : ''}`));
  } finally {
    socket.off('close', kill);
    kill();
  }
}

/** Passes on what comes from a generator, as attaching to a container's output does. */
export async function sendAll(socket: WebSocket, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await sendPiece(socket, channels.stdout, piece);
  finish(socket, { metadata: {}, status: 'Success' });
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // 128 and the signal's number, as shells have it, is not known by name here.
    child.once('exit', (code) => resolve(code ?? 137));
  });
}

async function send(socket: WebSocket, channel: number, source: Readable | null): Promise<void> {
  if (source === null) return;
  for await (const piece of source as AsyncIterable<Buffer>) await sendPiece(socket, channel, piece);
}

async function sendPiece(socket: WebSocket, channel: number, piece: Buffer): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(Buffer.concat([Buffer.from([channel]), piece]));
  while (socket.bufferedAmount > highWaterBytes && socket.readyState === socket.OPEN) await new Promise((resolve) => setTimeout(resolve, resumePollMs));
}

function passInput(socket: WebSocket, stdin: NonNullable<ChildProcess['stdin']>): void {
  // A command that does not read its input ends all the same.
  stdin.on('error', () => {});
  stdin.on('drain', () => socket.resume());
  socket.on('message', (data: RawData) => {
    const message = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (message[0] === closeSignal && message[1] === channels.stdin) stdin.end();
    else if (message[0] === channels.stdin && message.length > 1 && stdin.writable && !stdin.write(message.subarray(1))) socket.pause();
  });
}

function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return failure('NonZeroExitCode', `command terminated with non-zero exit code: exit status ${exitCode}`, { causes: [{ reason: 'ExitCode', message: String(exitCode) }] });
}

function failure(reason: string, message: string, details?: object): object {
  return { metadata: {}, status: 'Failure', message, reason, ...(details === undefined ? {} : { details }) };
}

function finish(socket: WebSocket, status: object): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(Buffer.concat([Buffer.from([channels.status]), Buffer.from(JSON.stringify(status))]));
  socket.close(1000);
}

function killSession({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All gone.
  }
}
