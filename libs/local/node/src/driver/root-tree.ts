// The file system a sandboxed container sees, planned as a tree and written as an fstab.
//
// Its root is a private folder. The machine's own folders are bound into it read-only, as whole as possible: only
// where something else has to appear inside one (a volume, a file of an image) it is opened into a private folder
// whose children are bound one by one.
import { ProwError } from '@prow/base-errors';
import { mkdir, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

interface FolderNode {
  kind: 'folder';
  children: Map<string, TreeNode>;
  mode?: number;
}
type TreeNode =
  | FolderNode
  | { kind: 'link'; target: string }
  /** Of the machine, read-only; may be opened. */
  | { kind: 'host'; path: string; isFile: boolean }
  /** Something placed on purpose; more may be mounted inside it. */
  | { kind: 'mount'; source: string; isFile: boolean; readOnly: boolean; inside: Map<string, TreeNode> };

export interface FstabEntry {
  source: string;
  target: string;
  type: string;
  options: string;
}

const maxLinks = 40;
const maxOpened = 20_000;

export class RootTree {
  private readonly root: FolderNode = { kind: 'folder', children: new Map() };
  private opened = 0;

  /** Binds a folder or file of the machine at its own path. */
  addHost(path: string, isFile = false): void {
    const parent = this.folders(posix.dirname(path));
    parent.children.set(posix.basename(path), { kind: 'host', path, isFile });
  }

  addLink(path: string, target: string): void {
    this.folders(posix.dirname(path)).children.set(posix.basename(path), { kind: 'link', target });
  }

  /** A private, writable folder. */
  addFolder(path: string, mode?: number): void {
    const folder = this.folders(path);
    if (mode !== undefined) folder.mode = mode;
  }

  /** Puts a file or folder at a path, over whatever is there; symbolic links on the way are followed. */
  async place(path: string, { source, isFile, readOnly }: { source: string; isFile: boolean; readOnly: boolean }): Promise<void> {
    const { children, name } = await this.parentOf(path);
    const before = children.get(name);
    const inside = before?.kind === 'mount' ? before.inside : new Map<string, TreeNode>();
    children.set(name, { kind: 'mount', source, isFile, readOnly, inside });
  }

  /** Makes sure that a folder exists at a path; where the machine has one, that one is used. */
  async ensureFolder(path: string): Promise<void> {
    if (parts(path).length === 0 || (await this.machineHas(path))) return;
    const { hostFolder } = await this.parentOf(posix.join(path, '.'.repeat(3)));
    if (hostFolder !== undefined) await mkdir(hostFolder, { recursive: true });
  }

  private async machineHas(path: string): Promise<boolean> {
    let node: TreeNode | undefined = this.root;
    const remaining = parts(path);
    while (remaining.length > 0 && node?.kind === 'folder') node = node.children.get(remaining.shift() ?? '');
    if (node?.kind !== 'host' || node.isFile) return false;
    return stat(join(node.path, ...remaining)).then((info) => info.isDirectory(), () => false);
  }

  /**
   * Whether a file at this path can simply be written into the private root, as its folder is not the machine's own
   * and nothing is mounted there.
   */
  isPrivate(path: string): boolean {
    let node: TreeNode = this.root;
    for (const part of parts(posix.dirname(path))) {
      if (node.kind !== 'folder') return false;
      const next: TreeNode | undefined = node.children.get(part);
      if (next === undefined) return true;
      node = next;
    }
    return node.kind === 'folder';
  }

  /** Makes the private folders, links and mount points under `rootDir` and tells what to mount, in order. */
  async write(rootDir: string): Promise<FstabEntry[]> {
    const entries: FstabEntry[] = [{ source: rootDir, target: rootDir, type: 'none', options: 'rbind' }];
    await writeFolder(this.root, rootDir, entries);
    return entries;
  }

  private folders(path: string): FolderNode {
    let node = this.root;
    for (const part of parts(path)) {
      const next = node.children.get(part);
      if (next?.kind === 'folder') node = next;
      else {
        const created: FolderNode = { kind: 'folder', children: new Map() };
        node.children.set(part, created);
        node = created;
      }
    }
    return node;
  }

  /** The map that holds (or will hold) the path's last element, opening the machine's folders on the way. */
  private async parentOf(path: string): Promise<{ children: Map<string, TreeNode>; name: string; hostFolder: string | undefined }> {
    let remaining = parts(path);
    let walked: string[] = [];
    let children = this.root.children;
    let hostFolder: string | undefined;
    for (let links = 0; remaining.length > 1; ) {
      const name = remaining[0] ?? '';
      let node: TreeNode | undefined = children.get(name);
      if (node?.kind === 'link') {
        links += 1;
        if (links > maxLinks) throw new ProwError('PROW_NODE_ROOT', `too many symbolic links on the way to ${path}`);
        remaining = [...parts(posix.resolve('/', walked.join('/'), node.target)), ...remaining.slice(1)];
        walked = [];
        children = this.root.children;
        hostFolder = undefined;
        continue;
      }
      if (node === undefined || (node.kind === 'host' && node.isFile)) {
        node = { kind: 'folder', children: new Map() };
        children.set(name, node);
      } else if (node.kind === 'host') {
        node = await this.open(node.path);
        children.set(name, node);
      }
      if (node.kind === 'mount') {
        if (node.isFile) throw new ProwError('PROW_NODE_ROOT', `${path} lies inside of a file that is mounted`);
        hostFolder = node.source;
        children = node.inside;
      } else if (node.kind === 'folder') {
        if (hostFolder !== undefined) hostFolder = join(hostFolder, name);
        children = node.children;
      }
      walked.push(name);
      remaining = remaining.slice(1);
    }
    return { children, name: remaining[0] ?? '', hostFolder };
  }

  private async open(path: string): Promise<FolderNode> {
    const children = new Map<string, TreeNode>();
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isSymbolicLink()) children.set(entry.name, { kind: 'link', target: await readlink(child) });
      else if (entry.isDirectory() || entry.isFile()) children.set(entry.name, { kind: 'host', path: child, isFile: entry.isFile() });
    }
    this.opened += children.size;
    if (this.opened > maxOpened) throw new ProwError('PROW_NODE_ROOT', `too many files to bind one by one, up to ${path}`);
    return { kind: 'folder', children };
  }
}

async function writeFolder(folder: FolderNode, path: string, entries: FstabEntry[]): Promise<void> {
  await mkdir(path, { recursive: true, mode: folder.mode ?? 0o755 });
  for (const [name, node] of folder.children) await writeNode(node, join(path, name), entries);
}

async function writeNode(node: TreeNode, path: string, entries: FstabEntry[]): Promise<void> {
  if (node.kind === 'folder') return writeFolder(node, path, entries);
  if (node.kind === 'link') return symlink(node.target, path);
  await makeMountPoint(path, node.isFile);
  if (node.kind === 'host') {
    entries.push({ source: node.path, target: path, type: 'none', options: 'rbind,ro' });
    return;
  }
  entries.push({ source: node.source, target: path, type: 'none', options: node.readOnly ? 'rbind,ro' : 'rbind' });
  await writeInside(node.inside, node.source, path, entries);
}

/** Mount points inside of something mounted are made in its source. */
async function writeInside(children: Map<string, TreeNode>, source: string, path: string, entries: FstabEntry[]): Promise<void> {
  for (const [name, node] of children) {
    if (node.kind === 'folder') {
      await mkdir(join(source, name), { recursive: true });
      await writeInside(node.children, join(source, name), join(path, name), entries);
    } else if (node.kind === 'mount') {
      await makeMountPoint(join(source, name), node.isFile);
      entries.push({ source: node.source, target: join(path, name), type: 'none', options: node.readOnly ? 'rbind,ro' : 'rbind' });
      await writeInside(node.inside, node.source, join(path, name), entries);
    }
  }
}

async function makeMountPoint(path: string, isFile: boolean): Promise<void> {
  if (!isFile) await mkdir(path, { recursive: true });
  else if (!(await stat(path).then(() => true, () => false))) await writeFile(path, '');
}

function parts(path: string): string[] {
  return posix.normalize(path).split('/').filter((part) => part !== '' && part !== '.');
}

/** As mount(8) reads it: blanks and backslashes in octal. */
export function formatFstab(entries: readonly FstabEntry[]): string {
  const escape = (text: string): string => text.replaceAll(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return entries.map(({ source, target, type, options }) => `${escape(source)} ${escape(target)} ${type} ${options} 0 0\n`).join('');
}
