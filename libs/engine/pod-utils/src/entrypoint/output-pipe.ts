// A real pipe for the test's output. Node gives children sockets, on which `echo x > /dev/stderr` fails; named pipes do
// not, and one for both streams keeps their order. Making one needs a program that a test's image may lack, so
// place-entrypoint makes some beside the entrypoint file, and each container takes one.
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface OutputPipe {
  readFd: number;
  /** For the child; closed here once it has started. */
  writeFd: number;
}

const poolFolder = '.pipes';
/** More than containers in a pod. */
const poolSize = 16;
const mkfifoTimeoutMs = 5000;

/** Makes the pool in `directory`; where there is no mkfifo, containers fall back to sockets. */
export function makePipePool(directory: string): void {
  const pool = join(directory, poolFolder);
  rmSync(pool, { recursive: true, force: true });
  mkdirSync(pool, { recursive: true });
  const names = Array.from({ length: poolSize }, (_, index) => join(pool, String(index)));
  makeFifos(names, '666');
  // The tests may run as another user and must be able to take one.
  chmodSync(pool, 0o777);
}

/** A pipe of the pool, else one made here in `directory`, else undefined. */
export function openOutputPipe(toolsDirectory: string, directory: string): OutputPipe | undefined {
  return fromPool(toolsDirectory) ?? ownPipe(directory);
}

function fromPool(toolsDirectory: string): OutputPipe | undefined {
  const pool = join(toolsDirectory, poolFolder);
  let names: string[];
  try {
    names = readdirSync(pool).filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  for (const name of names) {
    const taken = join(pool, `taken-${process.pid}-${Date.now()}-${name}`);
    try {
      renameSync(join(pool, name), taken);
    } catch {
      continue;
    }
    return openFifo(taken);
  }
  return undefined;
}

function ownPipe(directory: string): OutputPipe | undefined {
  const path = join(directory, `.output-${process.pid}-${Date.now()}`);
  return makeFifos([path], '600') ? openFifo(path) : undefined;
}

function makeFifos(paths: readonly string[], mode: string): boolean {
  const { status } = spawnSync('mkfifo', ['-m', mode, ...paths], { stdio: 'ignore', timeout: mkfifoTimeoutMs });
  return status === 0;
}

function openFifo(path: string): OutputPipe | undefined {
  let readFd: number | undefined;
  try {
    readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { readFd, writeFd: openSync(path, constants.O_WRONLY) };
  } catch {
    if (readFd !== undefined) closeSync(readFd);
    return undefined;
  } finally {
    try {
      unlinkSync(path);
    } catch {
      // A read-only folder keeps it; nobody else will take it.
    }
  }
}

/** The folder of the entrypoint file that runs. */
export function toolsDirectoryOf(script: string | undefined): string {
  return dirname(script ?? '/tools/entrypoint');
}
