// Contents of volumes that Kubernetes keeps in memory only: secrets, projected ones, those of CSI drivers. sidecar sees no
// more than the plain secrets among them (its mounts are upstream's), but entrypoint runs where the test does.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const maxDepth = 3;
const maxFiles = 1000;
const maxFileBytes = 256 * 1024;
const maxTotalBytes = 1024 * 1024;
/** Public parts of a service account's volume. */
const publicNames = new Set(['namespace', 'ca.crt', 'service-ca.crt']);
/** What containers have in memory besides. */
const systemFolders = /^\/(?:proc|sys|dev|run\/(?:user|lock|systemd|shm)|etc\/(?:hosts|hostname|resolv\.conf))(?:\/|$)/;

/** Mount points of read-only in-memory file systems, as proc(5) describes mountinfo. */
export function secretMounts(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , path = '', options = ''] = before.split(' ');
    const [type = ''] = after.split(' ');
    const place = path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return (type === 'tmpfs' || type === 'ramfs') && options.split(',').includes('ro') && !systemFolders.test(place) && place !== '/' ? [place] : [];
  });
}

/** Texts of all files below `folders`, as far as they are small, few and no public part of a service account. */
export function fileTexts(folders: readonly string[]): string[] {
  const texts: string[] = [];
  let totalBytes = 0;
  const walk = (path: string, depth: number): void => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined || texts.length >= maxFiles) return;
    if (info.isDirectory()) {
      // `..data` and its like are how Kubernetes updates a volume: the same contents again.
      if (depth < maxDepth) for (const name of readdirSync(path)) if (!name.startsWith('..') && !publicNames.has(name)) walk(join(path, name), depth + 1);
      return;
    }
    if (!info.isFile() || info.size === 0 || info.size > maxFileBytes || totalBytes + info.size > maxTotalBytes) return;
    totalBytes += info.size;
    texts.push(readFileSync(path, 'utf8'));
  };
  for (const folder of folders) {
    try {
      walk(folder, 0);
    } catch {
      // What the test's user cannot read, the test cannot show.
    }
  }
  return texts;
}

/** Of this very process. Empty where there is no /proc. */
export function mountedSecrets(): string[] {
  try {
    return fileTexts(secretMounts(readFileSync('/proc/self/mountinfo', 'utf8')));
  } catch {
    return [];
  }
}
