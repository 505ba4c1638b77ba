// Images as folders: what their Dockerfiles copy, unpacked once per content, over the machine's own system.
import { nearestNames } from '@prow/base-errors';
import { createHash } from 'node:crypto';
import { chmod, copyFile, lstat, mkdir, readFile, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { ImageError, type ContainerImage } from '../driver/driver.ts';
import { exists } from '../exists.ts';
import { dockerfileError, parseDockerfile, type CopyInstruction, type Dockerfile, type ImageConfig } from './dockerfile.ts';
import { parseImageReference } from './reference.ts';

export interface ImageFoldersOptions {
  imagesDir: string | undefined;
  registries: readonly string[];
  /** Unpacked images are kept here, one folder per content. */
  cacheDir: string;
}

interface CopiedFile {
  source: string;
  target: string;
  mode: number;
  size: number;
  mtimeMs: number;
  link?: string;
}

const maxChain = 32;
const maxFiles = 20_000;
const systemConfig: ImageConfig = { env: {}, workingDir: '/' };

/** Finds and unpacks the images of one `images/` folder. */
export class ImageFolders {
  private readonly options: ImageFoldersOptions;
  private readonly unpacking = new Map<string, Promise<void>>();

  constructor(options: ImageFoldersOptions) {
    this.options = options;
  }

  /** The folder's name when the reference is to an image of ours, whether it exists or not. */
  ownName(reference: string): string | undefined {
    const parsed = parseImageReference(reference);
    if (parsed === undefined) return undefined;
    const registry = this.options.registries.find((prefix) => parsed.repository.startsWith(withSlash(prefix)));
    return registry === undefined ? undefined : parsed.repository.slice(withSlash(registry).length);
  }

  /** Throws ImageError with reason ErrImagePull when there is no such folder or its Dockerfile is wrong. */
  async prepare(reference: string, name: string): Promise<ContainerImage> {
    const { imagesDir, cacheDir } = this.options;
    if (imagesDir === undefined) throw new ImageError('ErrImagePull', `${reference} is one of our own images, but no images folder is set`);
    try {
      const { config, files } = await this.read(imagesDir, name, []);
      const hash = createHash('sha256').update(JSON.stringify([config, files.map(({ source, ...file }) => [relative(imagesDir, source), file])])).digest('hex');
      const filesDir = join(cacheDir, hash);
      const wasPresent = await exists(filesDir);
      if (!wasPresent) await this.unpackOnce(filesDir, files);
      const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
      return { reference, id: `sha256:${hash}`, config, filesDir, wasPresent, sizeBytes };
    } catch (error) {
      if (error instanceof ImageError) throw error;
      throw new ImageError('ErrImagePull', `image folder ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  private async read(imagesDir: string, name: string, chain: readonly string[]): Promise<{ config: ImageConfig; files: CopiedFile[] }> {
    if (chain.includes(name) || chain.length > maxChain) {
      throw new ImageError('ErrImagePull', `images are built from each other in a circle: ${[...chain, name].join(' → ')}`);
    }
    const folder = resolve(imagesDir, name);
    const path = join(folder, 'Dockerfile');
    const text = isBelow(folder, resolve(imagesDir)) ? await readFile(path, 'utf8').catch(() => undefined) : undefined;
    if (text === undefined) throw await this.unknownImage(imagesDir, name);
    // FROM is read first, for the base image's config comes before this one's instructions.
    const from = parseDockerfile(text, path, () => systemConfig).from;
    const baseName = this.ownName(from);
    const base = baseName === undefined ? { config: systemConfig, files: [] } : await this.read(imagesDir, baseName, [...chain, name]);
    const dockerfile: Dockerfile = parseDockerfile(text, path, () => base.config);
    const files = [...base.files];
    for (const copy of dockerfile.copies) {
      for (const source of await resolveSources(folder, path, copy)) await listFiles(source, copy, folder, files);
      if (files.length > maxFiles) throw dockerfileError(path, copy.line, `more than ${maxFiles} files`);
    }
    return { config: dockerfile.config, files };
  }

  private async unknownImage(imagesDir: string, name: string): Promise<ImageError> {
    const known = (await readdir(imagesDir, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const [nearest] = nearestNames(name, known);
    const hint = nearest === undefined ? `known: ${known.sort().join(', ') || 'none'}` : `did you mean ${nearest}?`;
    return new ImageError('ErrImagePull', `no image folder ${JSON.stringify(name)} with a Dockerfile under ${imagesDir} (${hint})`);
  }

  private unpackOnce(filesDir: string, files: readonly CopiedFile[]): Promise<void> {
    const running = this.unpacking.get(filesDir) ?? unpack(filesDir, files).finally(() => this.unpacking.delete(filesDir));
    this.unpacking.set(filesDir, running);
    return running;
  }
}

async function unpack(filesDir: string, files: readonly CopiedFile[]): Promise<void> {
  const partial = `${filesDir}.${process.pid}.partial`;
  await removeTree(partial);
  await mkdir(partial, { recursive: true });
  for (const { source, target, mode, link } of files) {
    const path = join(partial, target);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    if (link !== undefined) await symlink(link, path);
    else {
      await copyFile(source, path);
      await chmod(path, mode);
    }
  }
  await writeFile(`${filesDir}.list`, files.map(({ target }) => `${target}\n`).join(''));
  await rename(partial, filesDir).catch(async (error: NodeJS.ErrnoException) => {
    await removeTree(partial);
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

async function resolveSources(folder: string, path: string, copy: CopyInstruction): Promise<string[]> {
  const found: string[] = [];
  for (const source of copy.sources) {
    const absolute = resolve(folder, `./${source}`);
    if (absolute !== folder && !isBelow(absolute, folder)) throw dockerfileError(path, copy.line, `${source} is outside of the image's folder`);
    if (!/[*?]/.test(basename(absolute))) {
      if (!(await exists(absolute))) throw dockerfileError(path, copy.line, `${source} does not exist`);
      found.push(absolute);
      continue;
    }
    const names = await readdir(dirname(absolute)).catch(() => []);
    const matching = names.filter((name) => matchesWildcard(name, basename(absolute)));
    if (matching.length === 0) throw dockerfileError(path, copy.line, `nothing matches ${source}`);
    found.push(...matching.map((name) => join(dirname(absolute), name)));
  }
  return found;
}

/** A directory's content goes into the destination; a file into it when it ends in `/`, else it is the destination. */
async function listFiles(source: string, copy: CopyInstruction, folder: string, files: CopiedFile[]): Promise<void> {
  const info = await lstat(source);
  const { destination } = copy;
  if (!info.isDirectory()) {
    const many = copy.sources.length > 1 || destination.endsWith('/') || copy.sources.some((text) => /[*?]/.test(text));
    files.push(await describeFile(source, many ? posix.join(destination, basename(source)) : posix.normalize(destination), copy));
    return;
  }
  for (const entry of await readdir(source, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || path === join(folder, 'Dockerfile')) continue;
    if (entry.isFile() || entry.isSymbolicLink()) {
      files.push(await describeFile(path, posix.join(destination, relative(source, path).split(sep).join('/')), copy));
    }
    if (files.length > maxFiles) return;
  }
}

async function describeFile(source: string, target: string, copy: CopyInstruction): Promise<CopiedFile> {
  const info = await lstat(source);
  if (info.isSymbolicLink()) return { source, target, mode: 0o777, size: 0, mtimeMs: 0, link: await readlink(source) };
  return { source, target, mode: copy.mode ?? info.mode & 0o777, size: info.size, mtimeMs: info.mtimeMs };
}

/** `*` and `?` within one name, in time proportional to both lengths. */
export function matchesWildcard(name: string, pattern: string): boolean {
  let [at, star, mark] = [0, -1, 0];
  let index = 0;
  while (index < name.length) {
    if (at < pattern.length && (pattern[at] === '?' || (pattern[at] === name[index] && pattern[at] !== '*'))) {
      at += 1;
      index += 1;
    } else if (pattern[at] === '*') {
      star = at;
      mark = index;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      index = mark;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}${sep}`);
}

function withSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
