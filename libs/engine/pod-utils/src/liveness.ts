// How sidecar learns that a test container died: entrypoint listens on a unix socket beside its marker, and the kernel
// closes it with the process, whatever killed it.
import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { basename, dirname } from 'node:path';

/** A unix socket's address must fit 107 bytes; a longer path is reached through an open folder. */
const maxAddressBytes = 100;

function withAddress<T>(path: string, use: (address: string, release: () => void) => T): T {
  if (Buffer.byteLength(path) <= maxAddressBytes || process.platform !== 'linux') return use(path, () => {});
  const folder = openSync(dirname(path), 'r');
  return use(`/proc/self/fd/${folder}/${basename(path)}`, () => closeSync(folder));
}

/** Says "alive" until the process ends. Resolves when the socket is there, undefined if the file system refuses sockets. */
export async function announceLiveness(path: string): Promise<Server | undefined> {
  rmSync(path, { force: true });
  // Under its name only once it listens: a socket that does not yet refuses like that of a dead process.
  const unready = `${path}.new`;
  rmSync(unready, { force: true });
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  const listening = await withAddress(unready, (address, release) => new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).once('listening', () => resolve(true));
    // Any user of the pod may connect: sidecar may run as another one.
    server.listen({ path: address, readableAll: true, writableAll: true });
  }).finally(release));
  if (!listening) return undefined;
  renameSync(unready, path);
  server.on('error', () => {});
  server.unref();
  return server;
}

export type Liveness = 'unknown' | 'alive' | 'dead';

/** Watches one entrypoint: unknown until its socket was seen, dead once it is closed for good. */
export class LivenessWatch {
  readonly #path: string;
  readonly #onDeath: () => void;
  #state: Liveness = 'unknown';
  #socket: Socket | undefined;

  constructor(path: string, onDeath: () => void) {
    this.#path = path;
    this.#onDeath = onDeath;
  }

  get state(): Liveness {
    return this.#state;
  }

  /** Call from time to time: connects when the socket has appeared. */
  poll(): void {
    if (this.#socket !== undefined || this.#state === 'dead') return;
    try {
      withAddress(this.#path, (address, release) => {
        const socket = createConnection({ path: address });
        this.#socket = socket;
        socket.once('connect', () => {
          release();
          this.#state = 'alive';
        });
        socket.once('error', (error: NodeJS.ErrnoException) => {
          if (this.#state === 'unknown') release();
          // No such file: not started yet. Refused: the file is there, its process is not.
          if (error.code === 'ECONNREFUSED') this.#died();
        });
        socket.once('close', () => {
          this.#socket = undefined;
          if (this.#state === 'alive') this.#died();
        });
        socket.resume();
        socket.unref();
      });
    } catch {
      // The folder is not there yet.
    }
  }

  close(): void {
    this.#state = 'dead';
    this.#socket?.destroy();
  }

  #died(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#onDeath();
  }
}
