// Images in docker or podman: those it has, those of the images/ folder, which it builds, and those it pulls.
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ImageConfig } from '../image/dockerfile.ts';
import type { ImageFolders } from '../image/image-folders.ts';
import { parseImageReference, type ImageReference } from '../image/reference.ts';
import { ImageError, type ContainerImage, type Driver } from './driver.ts';
import { lastLine, type EngineCall, type EngineProbe } from './engine-cli.ts';
import type { EngineUtilities } from './engine-utilities.ts';
import { utilityNames } from './folder-images.ts';

export interface EngineImagesOptions {
  engine: EngineProbe['engine'];
  call: EngineCall;
  folders: ImageFolders;
  imagesDir: string | undefined;
  utilities: EngineUtilities;
}

interface InspectedImage {
  Id?: string;
  Size?: number;
  Config?: { Env?: string[] | null; WorkingDir?: string; Entrypoint?: string[] | null; Cmd?: string[] | null; User?: string; Labels?: Record<string, string> | null };
}

/** Of an image that was built here: what its folder held. Who builds one by hand keeps it. */
const folderLabel = 'prow.local/folder';
const fetchTimeoutMs = 30 * 60_000;
const maxChain = 32;

export class EngineImages {
  private readonly options: EngineImagesOptions;
  /** Pulls and builds under way: containers that start together wait for the same one. */
  private readonly fetching = new Map<string, Promise<void>>();

  constructor(options: EngineImagesOptions) {
    this.options = options;
  }

  /** @throws ImageError */
  async prepare({ reference, policy, usesDefaultCommand }: Parameters<Driver['prepareImage']>[0]): Promise<ContainerImage> {
    const parsed = parseImageReference(reference);
    if (parsed === undefined) throw new ImageError('InvalidImageName', `Failed to apply default image tag ${JSON.stringify(reference)}: couldn't parse image name: invalid reference format`);
    const own = this.options.folders.ownName(reference);
    const present = await this.inspect(nameOf(parsed));
    if (present === undefined && own !== undefined && utilityNames.has(own) && usesDefaultCommand) return this.options.utilities.prepare(reference, own);
    if (own !== undefined && policy !== 'Never') {
      const built = await this.buildIfNeeded(reference, own, present);
      if (built !== undefined) return imageOf(reference, built, false);
    }
    // What was made on this machine is nowhere else.
    const isLocal = own !== undefined || parsed.repository.startsWith('localhost/');
    if (present !== undefined && (policy !== 'Always' || isLocal)) return imageOf(reference, present, true);
    if (policy === 'Never') throw new ImageError('ErrImageNeverPull', `Container image ${JSON.stringify(reference)} is not present with pull policy of Never`);
    return imageOf(reference, await this.pull(fullNameOf(parsed)), false);
  }

  private async pull(name: string): Promise<InspectedImage> {
    await this.once(name, async () => {
      const pulled = await this.options.call(['pull', '--quiet', name], fetchTimeoutMs);
      if (pulled.code !== 0) throw new ImageError('ErrImagePull', lastLine(pulled.stderr) || `${this.options.engine} pull ended with ${pulled.code}`);
    });
    const fetched = await this.inspect(name);
    if (fetched === undefined) throw new ImageError('ErrImagePull', `${name} was pulled, but is not there`);
    return fetched;
  }

  /** The image, when it had to be built: it was not there, or its folder has changed since it was built here. */
  private async buildIfNeeded(reference: string, name: string, present: InspectedImage | undefined, chain: readonly string[] = []): Promise<InspectedImage | undefined> {
    const { imagesDir, folders } = this.options;
    if (chain.includes(name) || chain.length > maxChain) throw new ImageError('ErrImagePull', `images are built from each other in a circle: ${[...chain, name].join(' → ')}`);
    const builtFrom = present?.Config?.Labels?.[folderLabel];
    if (imagesDir === undefined || (present !== undefined && builtFrom === undefined)) return undefined;
    const folder = join(imagesDir, name);
    const path = join(folder, 'Dockerfile');
    const text = relative(imagesDir, folder).startsWith('..') ? undefined : await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const bases: string[] = [];
    for (const [, from = ''] of text.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)/gim)) {
      const baseName = folders.ownName(from);
      if (baseName !== undefined) bases.push((await this.base(from, baseName, [...chain, name]))?.Id ?? '');
    }
    const hash = await hashFolder(folder, text, bases);
    if (builtFrom === hash) return undefined;
    await this.once(reference, async () => {
      const built = await this.options.call(['build', '--quiet', '--label', `${folderLabel}=${hash}`, '--tag', reference, '--file', path, folder], fetchTimeoutMs);
      if (built.code !== 0) throw new ImageError('ErrImagePull', `${this.options.engine} could not build it from ${path}: ${lastLine(built.stderr) || `it ended with ${built.code}`}`);
    });
    return this.inspect(reference);
  }

  private async base(reference: string, name: string, chain: readonly string[]): Promise<InspectedImage | undefined> {
    const present = await this.inspect(reference);
    return (await this.buildIfNeeded(reference, name, present, chain)) ?? present;
  }

  private once(key: string, fetch: () => Promise<void>): Promise<void> {
    const running = this.fetching.get(key) ?? fetch().finally(() => this.fetching.delete(key));
    this.fetching.set(key, running);
    return running;
  }

  private async inspect(name: string): Promise<InspectedImage | undefined> {
    const result = await this.options.call(['image', 'inspect', name]);
    if (result.code !== 0) return undefined;
    const [image] = JSON.parse(result.stdout) as InspectedImage[];
    return image;
  }
}

/** podman knows no reference with both a tag and a digest; the digest says it all. */
function nameOf({ repository, tag, digest }: ImageReference): string {
  return digest === undefined ? `${repository}:${tag ?? 'latest'}` : `${repository}@${digest}`;
}

/** As every Kubernetes reads it; podman would ask which registry is meant. */
function fullNameOf(reference: ImageReference): string {
  const [first = '', ...rest] = reference.repository.split('/');
  const hasHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  return `${hasHost ? '' : rest.length === 0 ? 'docker.io/library/' : 'docker.io/'}${nameOf(reference)}`;
}

/** Changes when a file does, or an image of ours that it is built from. */
async function hashFolder(folder: string, dockerfile: string, bases: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([dockerfile, bases]));
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    hash.update(JSON.stringify([relative(folder, path), info?.size, info?.mtimeMs, info?.mode]));
  }
  return hash.digest('hex').slice(0, 32);
}

function imageOf(reference: string, { Id = '', Size = 0, Config = {} }: InspectedImage, wasPresent: boolean): ContainerImage {
  const env = Object.fromEntries((Config.Env ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const config: ImageConfig = {
    env,
    workingDir: Config.WorkingDir || '/',
    ...(Config.Entrypoint ? { entrypoint: Config.Entrypoint } : {}),
    ...(Config.Cmd ? { cmd: Config.Cmd } : {}),
    ...(Config.User ? { user: Config.User } : {}),
  };
  return { reference, id: Id.includes(':') ? Id : `sha256:${Id}`, config, wasPresent, sizeBytes: Size };
}
