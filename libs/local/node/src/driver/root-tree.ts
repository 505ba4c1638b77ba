// The file system a sandboxed container sees, planned as a tree.
//
// Its root is a private folder. The machine's own folders are bound into it read-only, as whole as possible: only
// where something else has to appear inside one (a volume, a file of an image) it is opened into a private folder
// whose children are bound one by one.
import { ProwError } from '@prow/base-errors';
import { chmod, cp, mkdir, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

interface FolderNode {
  kind: 'folder';
  children: Map<string, TreeNode>;
  mode?: number;
}
type TreeNode =
  | FolderNode
  | { kind: 'link'; target: string }
  /** A private copy of a file. */
  | { kind: 'copy'; source: string }
  | { kind: 'empty' }
  /** Of the machine, read-only; may be opened. */
  | { kind: 'host'; path: string; isFile: boolean }
  /** Something placed on purpose; more may be mounted inside it. */
  | { kind: 'mount'; source: string; isFile: boolean; readOnly: boolean; inside: Map<string, TreeNode> };

/** A tree written down: what to make in the private root (parents first), and what to mount onto it, in order. */
export interface RootLayout {
  folders: { path: string; mode?: number }[];
  links: { path: string; target: string }[];
  copies: { path: string; source: string }[];
  /** Empty files to mount onto. */
  mountPoints: string[];
  mounts: { source: string; path: string; readOnly: boolean }[];
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

  /** An empty private file, to mount onto. */
  addEmptyFile(path: string): void {
    this.folders(posix.dirname(path)).children.set(posix.basename(path), { kind: 'empty' });
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
    const inside = before?.kind === 'mount' ? before.inside : before?.kind === 'folder' ? mountsIn(before.children) : new Map<string, TreeNode>();
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

  /** A private copy of a file (or link) of this machine. */
  addCopy(path: string, source: string): void {
    this.folders(posix.dirname(path)).children.set(posix.basename(path), { kind: 'copy', source });
  }

  clone(): RootTree {
    const copy = new RootTree();
    copy.root.children = cloneChildren(this.root.children);
    copy.opened = this.opened;
    return copy;
  }

  /** Mount points inside of mounted folders are made in their sources; the rest is only told. */
  async layout(): Promise<RootLayout> {
    const layout: RootLayout = { folders: [], links: [], copies: [], mountPoints: [], mounts: [] };
    for (const [name, node] of this.root.children) await addNode(layout, node, `/${name}`);
    return layout;
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
      if (node === undefined || node.kind === 'copy' || node.kind === 'empty' || (node.kind === 'host' && node.isFile)) {
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

async function addNode(layout: RootLayout, node: TreeNode, path: string): Promise<void> {
  switch (node.kind) {
    case 'folder':
      layout.folders.push(node.mode === undefined ? { path } : { path, mode: node.mode });
      for (const [name, child] of node.children) await addNode(layout, child, `${path}/${name}`);
      return;
    case 'link':
      layout.links.push({ path, target: node.target });
      return;
    case 'copy':
      layout.copies.push({ path, source: node.source });
      return;
    case 'empty':
      layout.mountPoints.push(path);
      return;
    case 'host':
    case 'mount': {
      if (node.isFile) layout.mountPoints.push(path);
      else layout.folders.push({ path });
      const [source, readOnly] = node.kind === 'host' ? [node.path, true] : [node.source, node.readOnly];
      layout.mounts.push({ source, path, readOnly });
      if (node.kind === 'mount') await addInside(layout, node.inside, node.source, path);
    }
  }
}

/** What is mounted inside of something mounted needs its mount points there. */
async function addInside(layout: RootLayout, children: ReadonlyMap<string, TreeNode>, source: string, path: string): Promise<void> {
  for (const [name, node] of children) {
    const [inSource, inPath] = [join(source, name), `${path}/${name}`];
    if (node.kind === 'folder') {
      await mkdir(inSource, { recursive: true });
      await addInside(layout, node.children, inSource, inPath);
    } else if (node.kind === 'mount') {
      if (!node.isFile) await mkdir(inSource, { recursive: true });
      else if (!(await stat(inSource).then(() => true, () => false))) await writeFile(inSource, '');
      layout.mounts.push({ source: node.source, path: inPath, readOnly: node.readOnly });
      await addInside(layout, node.inside, node.source, inPath);
    }
  }
}

/** What was placed below a folder stays visible when something is mounted onto the folder. */
function mountsIn(children: ReadonlyMap<string, TreeNode>): Map<string, TreeNode> {
  const kept = new Map<string, TreeNode>();
  for (const [name, node] of children) {
    if (node.kind === 'mount') kept.set(name, node);
    else if (node.kind === 'folder') {
      const below = mountsIn(node.children);
      if (below.size > 0) kept.set(name, { kind: 'folder', children: below });
    }
  }
  return kept;
}

function cloneChildren(children: ReadonlyMap<string, TreeNode>): Map<string, TreeNode> {
  const copy = new Map<string, TreeNode>();
  for (const [name, node] of children) {
    if (node.kind === 'folder') copy.set(name, { ...node, children: cloneChildren(node.children) });
    else if (node.kind === 'mount') copy.set(name, { ...node, inside: cloneChildren(node.inside) });
    else copy.set(name, node);
  }
  return copy;
}

/** Makes what a layout asks for under a folder; nothing is mounted. */
export async function writeRoot(layout: RootLayout, rootDir: string): Promise<void> {
  await mkdir(rootDir, { recursive: true });
  for (const { path, mode } of layout.folders) {
    await mkdir(join(rootDir, path), { recursive: true });
    if (mode !== undefined) await chmod(join(rootDir, path), mode);
  }
  for (const { path, target } of layout.links) await symlink(target, join(rootDir, path));
  for (const { path, source } of layout.copies) await cp(source, join(rootDir, path), { verbatimSymlinks: true, preserveTimestamps: true });
  for (const path of layout.mountPoints) await writeFile(join(rootDir, path), '');
}

function parts(path: string): string[] {
  return posix.normalize(path).split('/').filter((part) => part !== '' && part !== '.');
}
