// Finds configuration files below a folder as upstream does: in the order of names, links to folders are not
// followed, what begins with `..` is skipped (the inner life of a mounted ConfigMap).
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';
import { messageOf } from '@prow/base-errors';

export interface WalkedFile {
  readonly path: string;
  readonly size: number;
  /** Changes when the file does: size, times and inode as text. */
  readonly signature: string;
}

export interface WalkResult {
  readonly files: readonly WalkedFile[];
  readonly problems: readonly { path: string; message: string }[];
  /** All folders seen, to be watched. */
  readonly folders: readonly string[];
}

const maxFiles = 100_000;
const maxDepth = 64;

/** `accept`: by the file's name. `ignoreFile`: name of files in gitignore's language, honoured in each folder. */
export function walkFiles(root: string, accept: (name: string) => boolean, ignoreFile?: string): WalkResult {
  const walker = new Walker(accept, ignoreFile);
  walker.start(root);
  return walker;
}

interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

class Walker implements WalkResult {
  readonly files: WalkedFile[] = [];
  readonly problems: { path: string; message: string }[] = [];
  readonly folders: string[] = [];
  private readonly accept: (name: string) => boolean;
  private readonly ignoreFile: string | undefined;

  constructor(accept: (name: string) => boolean, ignoreFile: string | undefined) {
    this.accept = accept;
    this.ignoreFile = ignoreFile;
  }

  start(root: string): void {
    try {
      // The folder itself may be a link; below it links to folders are not followed.
      this.visit(lstatSync(root).isSymbolicLink() ? realpathSync(root) : root, [], 0);
    } catch (error) {
      this.problems.push({ path: root, message: readProblem(error) });
    }
  }

  private visit(folder: string, inherited: readonly IgnoreRules[], depth: number): void {
    if (depth > maxDepth) {
      this.problems.push({ path: folder, message: `folders nest deeper than ${maxDepth} levels` });
      return;
    }
    const entries = readdirSync(folder, { withFileTypes: true });
    this.folders.push(folder);
    const rules = this.rulesOf(folder, entries.some((entry) => entry.name === this.ignoreFile), inherited);
    for (const entry of entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))) {
      if (entry.name.startsWith('..')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        try {
          this.visit(path, rules, depth + 1);
        } catch (error) {
          this.problems.push({ path, message: readProblem(error) });
        }
      } else if (this.accept(entry.name) && !isIgnored(path, rules)) this.addFile(path);
    }
  }

  private addFile(path: string): void {
    if (this.files.length >= maxFiles) {
      if (this.files.length === maxFiles) this.problems.push({ path, message: `more than ${maxFiles} files` });
      return;
    }
    try {
      const file = statFile(path);
      if (file !== undefined) this.files.push(file);
    } catch (error) {
      this.problems.push({ path, message: readProblem(error) });
    }
  }

  private rulesOf(folder: string, hasIgnoreFile: boolean, inherited: readonly IgnoreRules[]): readonly IgnoreRules[] {
    if (this.ignoreFile === undefined || !hasIgnoreFile) return inherited;
    try {
      return [...inherited, { folder, rules: ignore().add(readFileSync(join(folder, this.ignoreFile), 'utf8')) }];
    } catch (error) {
      this.problems.push({ path: join(folder, this.ignoreFile), message: messageOf(error) });
      return inherited;
    }
  }
}

// The innermost file with an opinion decides, as in git.
function isIgnored(path: string, rules: readonly IgnoreRules[]): boolean {
  for (const { folder, rules: own } of rules.toReversed()) {
    const verdict = own.test(relative(folder, path).split(sep).join('/'));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

/** Undefined for a link to a folder. */
export function statFile(path: string): WalkedFile | undefined {
  const stats = statSync(path, { bigint: true });
  if (stats.isDirectory()) return undefined;
  return { path, size: Number(stats.size), signature: `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}` };
}

/** What is wrong with a file that cannot be read, in words. */
export function readProblem(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'does not exist, or went away while it was read';
    case 'ELOOP':
      return 'is a symbolic link that leads in a circle';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read';
    case 'EISDIR':
      return 'is a folder, expected a file';
    default:
      return messageOf(error);
  }
}
