// Where the private root of a container lies: a folder of its own, or a layer over a template.
//
// Making some ninety folders and files for every container and removing them again is most of a short pod's cost on
// a disk. Containers of the same shape therefore share a template below an overlay, where the kernel lets this user
// mount one.
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import type { FstabEntry } from './fstab.ts';
import { writeRoot, type RootLayout } from './root-tree.ts';

const unusedTemplateMs = 7 * 24 * 3600 * 1000;

export class RootFolders {
  private readonly templatesDir: string;
  private readonly overlay: boolean;
  private readonly writing = new Map<string, Promise<void>>();

  constructor(templatesDir: string, overlay: boolean) {
    this.templatesDir = templatesDir;
    this.overlay = overlay;
  }

  /** Prepares `<attemptDir>/root`; returns the mount that makes it the root. */
  async prepare(layout: RootLayout, attemptDir: string): Promise<FstabEntry> {
    const root = join(attemptDir, 'root');
    await this.remove(attemptDir);
    if (!this.overlay) {
      await writeRoot(layout, root);
      return { source: root, target: root, type: 'none', options: 'rbind' };
    }
    const template = await this.template(layout);
    const [upper, work] = [join(attemptDir, 'root.upper'), join(attemptDir, 'root.work')];
    await Promise.all([mkdir(root, { recursive: true }), mkdir(upper), mkdir(work)]);
    const options = Object.entries({ lowerdir: template, upperdir: upper, workdir: work }).map(([name, path]) => `${name}=${path}`);
    return { source: 'overlay', target: root, type: 'overlay', options: [...options, 'userxattr'].join(',') };
  }

  /** After the container's end, or before its start. */
  async remove(attemptDir: string): Promise<void> {
    for (const name of ['root', 'root.upper', 'root.work']) await removeTree(join(attemptDir, name));
  }

  /** Templates that no container has used for a week are removed. */
  async removeOldTemplates(nowMs: number): Promise<void> {
    for (const name of await readdir(this.templatesDir).catch(() => [])) {
      const path = join(this.templatesDir, name);
      const info = await stat(path).catch(() => undefined);
      if (info !== undefined && nowMs - info.mtimeMs > unusedTemplateMs) await removeTree(path);
    }
  }

  private async template(layout: RootLayout): Promise<string> {
    const { mounts: _, ...shape } = layout;
    const path = join(this.templatesDir, createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 32));
    const running = this.writing.get(path) ?? this.writeTemplate(shape, path).finally(() => this.writing.delete(path));
    this.writing.set(path, running);
    await running;
    return path;
  }

  private async writeTemplate(shape: Omit<RootLayout, 'mounts'>, path: string): Promise<void> {
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) {
      if (Date.now() - info.mtimeMs > unusedTemplateMs / 7) await utimes(path, new Date(), new Date());
      return;
    }
    const partial = `${path}.${process.pid}.partial`;
    await removeTree(partial);
    await writeRoot({ ...shape, mounts: [] }, partial);
    await rename(partial, path);
  }
}

/** Paths that an overlay's options can say. */
export function isOverlayPath(path: string): boolean {
  return !/[,:\\]/.test(path);
}
