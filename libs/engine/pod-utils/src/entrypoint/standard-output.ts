// Our own standard output, written without ever blocking the program: its reader may be slow or gone.
import { fstatSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const fd = 1;

export interface StandardOutput {
  /** Calls `done` when the bytes are out of our hands (also if nobody reads any more); they must not change before. */
  write(bytes: Uint8Array, done: () => void): void;
}

/** Pipes and sockets are written by the event loop; files and terminals at once. */
export function openStandardOutput(): StandardOutput {
  let isStream: boolean;
  try {
    const info = fstatSync(fd);
    isStream = info.isFIFO() || info.isSocket();
  } catch {
    return { write: (_bytes, done) => done() };
  }
  return isStream ? overSocket() : { write: writeAtOnce };
}

function overSocket(): StandardOutput {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => {});
  return {
    write: (bytes, done) => {
      if (socket.destroyed) done();
      else socket.write(bytes, () => done());
    },
  };
}

function writeAtOnce(bytes: Uint8Array, done: () => void): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } catch {
    // A full disk, a closed terminal: the log file still has it all.
  }
  done();
}
