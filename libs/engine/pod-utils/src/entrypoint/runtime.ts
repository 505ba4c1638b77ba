// A folder with a Node that needs nothing of the image it runs in: the program, its loader and its libraries, which look
// for each other in /tools only. Linux. upstream's entrypoint is one static Go program; this is what we ship instead.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { loaderOf, relocateProgram } from './elf.ts';

export const runtimeNodeName = 'node';
/** Where tests find the runtime; its files are made for this place. */
export const toolsFolder = '/tools';
const loaderName = 'ld.so';
const executable = 0o755;

/**
 * Fills `directory` from the Node that runs this (about 100 MB), whole or not at all; does nothing if it is there.
 * @throws ProwError PROW_POD_UTILS_RUNTIME on other systems than Linux; PROW_POD_UTILS_ELF
 */
export function makeRuntime(directory: string): void {
  if (existsSync(join(directory, runtimeNodeName))) return;
  if (process.platform !== 'linux') throw new ProwError('PROW_POD_UTILS_RUNTIME', `a runtime for images can be made on Linux only, not on ${process.platform}`);
  const next = `${directory}.next-${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  try {
    const program = readFileSync(process.execPath);
    const loader = loaderOf(program);
    if (loader === undefined) throw new ProwError('PROW_POD_UTILS_ELF', 'this Node is linked statically: it has no loader to ship');
    writeFileSync(join(next, runtimeNodeName), relocateProgram(program, { loader: `${toolsFolder}/${loaderName}`, libraryFolder: toolsFolder }), { mode: executable });
    copyFileSync(realpathSync(loader), join(next, loaderName));
    chmodSync(join(next, loaderName), executable);
    for (const library of loadedLibraries(loader)) copyFileSync(realpathSync(library), join(next, basename(library)));
    mkdirSync(dirname(directory), { recursive: true });
    rmSync(directory, { recursive: true, force: true });
    renameSync(next, directory);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** Paths of the shared libraries this process has loaded, without the loader and the kernel's own. */
function loadedLibraries(loader: string): string[] {
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (report === undefined) throw new ProwError('PROW_POD_UTILS_RUNTIME', 'this Node cannot tell its libraries: it was built without reports');
  report.excludeNetwork = true;
  const { sharedObjects = [] } = report.getReport() as { sharedObjects?: string[] };
  const ownPath = realpathSync(process.execPath);
  const loaderPath = realpathSync(loader);
  return sharedObjects.filter((path) => path.startsWith('/') && existsSync(path) && /\.so(?:\.|$)/.test(path) && realpathSync(path) !== loaderPath && realpathSync(path) !== ownPath && !path.endsWith('.node'));
}
