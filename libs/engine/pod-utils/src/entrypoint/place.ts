// Puts entrypoint where the tests' containers find it: one executable file that the kernel starts without a shell, and the
// Node it runs on. See the room's README.
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { makePipePool } from './output-pipe.ts';
import { runtimeNodeName } from './runtime.ts';

export interface PlaceOptions {
  /** The file to make, normally /tools/entrypoint. */
  destination: string;
  /** entrypoint.cjs: entrypoint in one file. */
  program: string;
  /** Folder made by makeRuntime; where it does not exist, the test will run on this very Node. */
  runtime: string;
}

/** Linux reads this much of a script's first line, and takes what stands behind the program's path for one argument. */
const maxFirstLineBytes = 127;
/** Said when it is already running, it comes too late: V8 has touched the pages of its quick compiler (0.8 MiB). */
const nodeFlag = '--no-sparkplug';
const executable = 0o755;

/** @throws ProwError PROW_POD_UTILS_PLACE if a part is missing or the folder cannot be written */
export function placeEntrypoint({ destination, program, runtime }: PlaceOptions): void {
  const folder = dirname(destination);
  try {
    mkdirSync(folder, { recursive: true });
    let node = process.execPath;
    if (existsSync(join(runtime, runtimeNodeName))) {
      for (const name of readdirSync(runtime)) copyWhole(join(runtime, name), join(folder, name));
      node = join(folder, runtimeNodeName);
    }
    // Without it, Node would take the file for an ES module if some package.json further up says so.
    writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n');
    makePipePool(folder);
    writeWhole(destination, `${firstLines(node)}${readFileSync(program, 'utf8')}`);
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_PLACE', `cannot place the entrypoint at ${destination}: ${(error as Error).message}`, { details: { destination, program, runtime }, cause: error });
  }
}

/** `#!NODE`; where the path does not fit a first line, a shell is asked (it is there wherever the host's Node is used). */
function firstLines(node: string): string {
  const line = `#!${node} ${nodeFlag}`;
  if (!/\s/.test(node) && Buffer.byteLength(line) < maxFirstLineBytes) return `${line}\n`;
  // Both a shell script and, for Node, a comment: the shell never reads past exec.
  return `#!/bin/sh\n":" //; exec '${node.replaceAll("'", String.raw`'\''`)}' ${nodeFlag} "$0" "$@"\n`;
}

function copyWhole(from: string, to: string): void {
  const next = join(dirname(to), `.next-${basename(to)}`);
  copyFileSync(from, next, constants.COPYFILE_FICLONE);
  chmodSync(next, executable);
  renameSync(next, to);
}

function writeWhole(path: string, text: string): void {
  const next = `${path}.next-${process.pid}`;
  writeFileSync(next, text, { mode: executable });
  chmodSync(next, executable);
  renameSync(next, path);
}
