// Which way containers run on this machine.
import { ProwError, messageOf } from '@prow/base-errors';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@prow/base-time';
import type { RuntimeName, SharedHostPath } from '../api.ts';
import { ImageFolders } from '../image/image-folders.ts';
import type { Driver } from './driver.ts';
import { engineCall, probeEngine, type EngineProbe } from './engine-cli.ts';
import { EngineDriver } from './engine.ts';
import { EngineImages } from './engine-images.ts';
import { EngineUtilities } from './engine-utilities.ts';
import { FolderImages } from './folder-images.ts';
import { findTool } from './host-tools.ts';
import { describeMachine, nodeFlagsOf, nodePath, toolsPath } from './machine.ts';
import { MemoryGroups } from './memory-groups.ts';
import { ProcessDriver } from './process.ts';
import { RootFolders } from './root-folders.ts';
import { SandboxDriver } from './sandbox.ts';
import { probeSandbox } from './sandbox-probe.ts';

export interface ChooseOptions {
  runtime: 'auto' | RuntimeName;
  nodeName: string;
  dataDir: string;
  clock: Clock;
  imagesDir: string | undefined;
  imageRegistries: readonly string[];
  toolsDir: string | undefined;
  nodeBinary: string;
  sharedHostPaths: readonly SharedHostPath[];
}

export interface ChosenDriver {
  driver: Driver;
  memory: MemoryGroups | undefined;
}

/** Throws PROW_NODE_RUNTIME when the asked-for way does not work here, or none does. */
export async function chooseDriver(options: ChooseOptions): Promise<ChosenDriver> {
  const sh = findTool('sh');
  if (sh === undefined) throw new ProwError('PROW_NODE_RUNTIME', 'no shell (sh) was found on this machine; it starts the containers');
  const { runtime } = options;
  const tried: string[] = [];
  if (runtime === 'sandbox' || runtime === 'auto') {
    const chosen = await trySandbox(options, sh);
    if (typeof chosen !== 'string') return chosen;
    tried.push(`sandbox: ${chosen}`);
  }
  for (const engine of ['docker', 'podman'] as const) {
    if (runtime !== engine && runtime !== 'auto') continue;
    const probe: EngineProbe | string = await probeEngine(engine).catch((error: unknown) => messageOf(error));
    const chosen = typeof probe === 'string' ? probe : await tryEngine(options, probe);
    if (typeof chosen !== 'string') return chosen;
    tried.push(`${engine}: ${chosen}`);
  }
  if (runtime === 'process' || (runtime === 'auto' && process.platform === 'linux')) return useProcesses(options, sh, tried);
  throw new ProwError('PROW_NODE_RUNTIME', `containers cannot run here (${tried.join('; ')}). Install docker or podman, or choose another --runtime`);
}

async function trySandbox(options: ChooseOptions, sh: string): Promise<ChosenDriver | string> {
  const probe = await probeSandbox(options.dataDir);
  if (!probe.works) return probe.reason;
  const { nodeBinary, toolsDir, sharedHostPaths, clock } = options;
  const memory = await openMemory(options.dataDir, sh);
  const roots = new RootFolders(join(options.dataDir, 'roots'), probe.overlay);
  await roots.removeOldTemplates(clock.now());
  const driver = new SandboxDriver({
    roots,
    tools: probe.tools,
    version: probe.version,
    ownProc: probe.ownProc,
    toolsDir,
    machine: await describeMachine({ nodeBinary, sharedHostPaths }),
    images: folderImages({ ...options, runtime: 'sandbox' }, { node: nodePath, script: join(toolsPath, 'pod-utils/main.js') }),
    memory,
    sleep: (ms) => clock.sleep(ms),
  });
  return { driver, memory };
}

async function useProcesses(options: ChooseOptions, sh: string, tried: readonly string[]): Promise<ChosenDriver> {
  const memory = await openMemory(options.dataDir, sh);
  const { nodeBinary, toolsDir, sharedHostPaths, clock } = options;
  const driver = new ProcessDriver({
    sh,
    images: folderImages({ ...options, runtime: 'process' }, { node: nodeBinary, script: join(toolsDir ?? '', 'pod-utils/main.js') }),
    memory,
    nodeBinary,
    sharedPaths: sharedHostPaths.map(({ path }) => path),
    why: tried.length === 0 ? undefined : tried.join('; '),
    sleep: (ms) => clock.sleep(ms),
  });
  return { driver, memory };
}

/** Under a name that the next node over the same folder will use again. */
function openMemory(dataDir: string, sh: string): Promise<MemoryGroups | undefined> {
  return MemoryGroups.open(`prow-${nodeIdOf(dataDir)}`, sh);
}

function nodeIdOf(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
}

function folderImages(options: ChooseOptions, { node, script }: { node: string; script: string }): FolderImages {
  const utilityCommand = (utility: string): string[] => [node, ...nodeFlagsOf(utility), script, utility];
  return new FolderImages({ folders: imageFolders(options), toolsDir: options.toolsDir, utilityCommand, runtime: options.runtime });
}

function imageFolders({ imagesDir, imageRegistries, dataDir }: ChooseOptions): ImageFolders {
  return new ImageFolders({ imagesDir, registries: imageRegistries, cacheDir: join(dataDir, 'images') });
}

async function tryEngine(options: ChooseOptions, probe: EngineProbe): Promise<ChosenDriver | string> {
  const { engine } = probe;
  const { imagesDir, toolsDir, nodeBinary, dataDir, sharedHostPaths, clock } = options;
  const call = engineCall(probe);
  const utilities = new EngineUtilities({ engine, call, directory: join(dataDir, 'engine'), toolsDir, nodeBinary });
  const tried = await utilities.tryOut();
  if ('reason' in tried) return tried.reason;
  const images = new EngineImages({ engine, call, folders: imageFolders(options), imagesDir, utilities });
  return { driver: new EngineDriver({ probe, limits: tried.limits, images, utilities, sharedHostPaths, nodeId: nodeIdOf(dataDir), sleep: (ms) => clock.sleep(ms) }), memory: undefined };
}

