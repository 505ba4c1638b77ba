// Whether namespaces work here: by making one as containers are made.
import { run } from '@prow/base-process';
import { mkdir, mkdtemp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { findTool } from './host-tools.ts';
import { writeFstab } from './fstab.ts';
import { isOverlayPath } from './root-folders.ts';
import type { SandboxTools } from './sandbox.ts';

export type SandboxProbe =
  | { works: true; tools: SandboxTools; version: string; ownProc: boolean; overlay: boolean }
  | { works: false; reason: string };

/** Takes some 50 ms. Its traces in `dataDir` are removed. */
export async function probeSandbox(dataDir: string): Promise<SandboxProbe> {
  if (process.platform !== 'linux') return { works: false, reason: `${process.platform} has no Linux namespaces` };
  const tools = sandboxTools();
  if (typeof tools === 'string') return { works: false, reason: `${tools} (util-linux) was not found` };
  const version = /\d+(?:\.\d+)+/.exec((await run({ file: tools.unshare, args: ['--version'], timeoutMs: 5000 })).stdout)?.[0];
  if (version === undefined) return { works: false, reason: `${tools.unshare} is not the one of util-linux` };
  await mkdir(dataDir, { recursive: true });
  const folder = await mkdtemp(join(dataDir, 'probe-'));
  try {
    const best = { ownProc: true, overlay: isOverlayPath(folder) };
    if ((await tryOnce(tools, folder, best)) === undefined) return { works: true, tools, version, ...best };
    for (const features of [{ ownProc: true, overlay: false }, { ownProc: false, overlay: best.overlay }]) {
      if ((await tryOnce(tools, folder, features)) === undefined) return { works: true, tools, version, ...features };
    }
    const least = { ownProc: false, overlay: false };
    const reason = await tryOnce(tools, folder, least);
    return reason === undefined ? { works: true, tools, version, ...least } : { works: false, reason };
  } finally {
    await removeTree(folder);
  }
}

function sandboxTools(): SandboxTools | string {
  const names = { sh: 'sh', unshare: 'unshare', nsenter: 'nsenter', setsid: 'setsid', setpriv: 'setpriv', mount: 'mount', umount: 'umount', pivotRoot: 'pivot_root' } as const;
  const found: Record<string, string> = { hostname: findTool('hostname') ?? '', ip: findTool('ip') ?? '' };
  for (const [key, name] of Object.entries(names)) {
    const path = findTool(name);
    if (path === undefined) return name;
    found[key] = path;
  }
  return found as unknown as SandboxTools;
}

const script = `
"$3" -n -a -T "$2" && cd "$1" && "$5" . .machine && cd / && "$4" -n -l /.machine && echo x > /written && exec "$6" --user --map-user=1234 --map-group=1234 -- /bin/sh -c 'exit 0'
`;

/** Undefined when it worked, else what failed. */
async function tryOnce(tools: SandboxTools, folder: string, { ownProc, overlay }: { ownProc: boolean; overlay: boolean }): Promise<string | undefined> {
  const attempt = await mkdtemp(join(folder, 'attempt-'));
  const root = join(attempt, 'root');
  const template = overlay ? join(attempt, 'template') : root;
  if (overlay) for (const name of ['root', 'upper', 'work']) await mkdir(join(attempt, name));
  for (const name of ['proc', 'usr', '.machine']) await mkdir(join(template, name), { recursive: true });
  const links = ['bin', 'sbin', 'lib', 'lib64', 'lib32'];
  for (const name of links) await mkdir(join(template, name), { recursive: true });
  const present = await Promise.all(['usr', ...links].map(async (name) => ((await stat(`/${name}`).catch(() => undefined))?.isDirectory() ? name : undefined)));
  const entries = [
    overlay
      ? { source: 'overlay', target: root, type: 'overlay', options: `lowerdir=${template},upperdir=${join(attempt, 'upper')},workdir=${join(attempt, 'work')},userxattr` }
      : { source: root, target: root, type: 'none', options: 'rbind' },
    ...present.flatMap((name) => (name === undefined ? [] : [{ source: `/${name}`, target: join(root, name), type: 'none', options: 'rbind,ro' }])),
    ownProc
      ? { source: 'proc', target: join(root, 'proc'), type: 'proc', options: 'nosuid,nodev,noexec' }
      : { source: '/proc', target: join(root, 'proc'), type: 'none', options: 'rbind' },
  ];
  const fstab = join(attempt, 'fstab');
  await writeFstab(fstab, entries);
  const result = await run({
    file: tools.unshare,
    args: [
      '--user', '--map-root-user', '--mount', '--pid', '--uts', '--ipc', '--propagation', 'private', '--',
      tools.sh, '-c', '"$@"; exit $?', 'probe', tools.setpriv, '--pdeathsig', 'KILL', '--', tools.setsid,
      tools.sh, '-c', script, 'probe', root, fstab, tools.mount, tools.umount, tools.pivotRoot, tools.unshare,
    ],
    cwd: '/',
    timeoutMs: 10_000,
  });
  return result.code === 0 ? undefined : `unshare: ${result.stderr.trim().slice(0, 300) || `exit code ${result.code}`}`;
}
