// Whether namespaces work here: by making one as containers are made.
import { run } from '@prow/base-process';
import { mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { findTool } from './host-tools.ts';
import { formatFstab } from './root-tree.ts';
import type { SandboxTools } from './sandbox.ts';

export type SandboxProbe =
  | { works: true; tools: SandboxTools; version: string; ownProc: boolean }
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
    const own = await tryOnce(tools, folder, true);
    if (own === undefined) return { works: true, tools, version, ownProc: true };
    const shared = await tryOnce(tools, folder, false);
    return shared === undefined ? { works: true, tools, version, ownProc: false } : { works: false, reason: shared };
  } finally {
    await removeTree(folder);
  }
}

function sandboxTools(): SandboxTools | string {
  const names = { sh: 'sh', unshare: 'unshare', nsenter: 'nsenter', setsid: 'setsid', mount: 'mount', umount: 'umount', pivotRoot: 'pivot_root' } as const;
  const found: Record<string, string> = { hostname: findTool('hostname') ?? '' };
  for (const [key, name] of Object.entries(names)) {
    const path = findTool(name);
    if (path === undefined) return name;
    found[key] = path;
  }
  return found as unknown as SandboxTools;
}

const script = `
"$3" -n -a -T "$2" && cd "$1" && "$5" . .machine && cd / && "$4" -n -l /.machine && [ -e /usr ] && exec "$6" --user --map-user=1234 --map-group=1234 -- /bin/sh -c 'exit 0'
`;

/** Undefined when it worked, else what failed. */
async function tryOnce(tools: SandboxTools, folder: string, ownProc: boolean): Promise<string | undefined> {
  const root = join(folder, 'root');
  for (const name of ['proc', 'usr', '.machine']) await mkdir(join(root, name), { recursive: true });
  const links = ['bin', 'sbin', 'lib', 'lib64', 'lib32'];
  for (const name of links) await mkdir(join(root, name), { recursive: true });
  const present = await Promise.all(['usr', ...links].map(async (name) => ((await stat(`/${name}`).catch(() => undefined))?.isDirectory() ? name : undefined)));
  const entries = [
    { source: root, target: root, type: 'none', options: 'rbind' },
    ...present.flatMap((name) => (name === undefined ? [] : [{ source: `/${name}`, target: join(root, name), type: 'none', options: 'rbind,ro' }])),
    ownProc
      ? { source: 'proc', target: join(root, 'proc'), type: 'proc', options: 'nosuid,nodev,noexec' }
      : { source: '/proc', target: join(root, 'proc'), type: 'none', options: 'rbind' },
  ];
  const fstab = join(folder, 'fstab');
  await writeFile(fstab, formatFstab(entries));
  const result = await run({
    file: tools.unshare,
    args: [
      '--user', '--map-root-user', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--propagation', 'private', '--',
      tools.sh, '-c', script, 'probe', root, fstab, tools.mount, tools.umount, tools.pivotRoot, tools.unshare,
    ],
    cwd: '/',
    timeoutMs: 10_000,
  });
  return result.code === 0 ? undefined : `unshare: ${result.stderr.trim().slice(0, 300) || `exit code ${result.code}`}`;
}
