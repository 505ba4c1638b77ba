// Memory limits through cgroups, where this user may make some (version 1 or 2).
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@prow/base-process';

export class MemoryGroups {
  private readonly parent: string;
  private readonly isV2: boolean;

  private constructor(parent: string, isV2: boolean) {
    this.parent = parent;
    this.isV2 = isV2;
  }

  /** Undefined when limits cannot be set here. The name tells groups of several nodes apart. */
  static async open(name: string, sh: string): Promise<MemoryGroups | undefined> {
    for (const { folder, isV2 } of await candidates()) {
      const parent = join(folder, name);
      const groups = new MemoryGroups(parent, isV2);
      try {
        await mkdir(parent, { recursive: true });
        if (isV2) await writeFile(join(parent, 'cgroup.subtree_control'), '+memory');
        const probe = await groups.create('probe', 64 * 1024 * 1024);
        // A group may be made by those who may not move processes into it.
        const moved = await run({ file: sh, args: ['-c', 'echo 0 > "$1/cgroup.procs"', 'probe', probe], timeoutMs: 5000 });
        if (moved.code !== 0) throw new Error('processes may not be moved');
        await groups.remove('probe');
        return groups;
      } catch {
        await rmdir(join(parent, 'probe')).catch(() => {});
        await rmdir(parent).catch(() => {});
      }
    }
    return undefined;
  }

  /** Makes a group with a limit; the folder's `cgroup.procs` takes the process. */
  async create(name: string, limitBytes: number): Promise<string> {
    const folder = join(this.parent, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, this.isV2 ? 'memory.max' : 'memory.limit_in_bytes'), String(limitBytes));
    if (this.isV2) {
      // One process out of memory ends the whole container, as containers of a kubelet do.
      await writeFile(join(folder, 'memory.oom.group'), '1').catch(() => {});
      await writeFile(join(folder, 'memory.swap.max'), '0').catch(() => {});
    } else await writeFile(join(folder, 'memory.memsw.limit_in_bytes'), String(limitBytes)).catch(() => {});
    return folder;
  }

  /** Removes a group and tells whether memory ever ran out in it. An absent group is fine. */
  async remove(name: string): Promise<boolean> {
    const folder = join(this.parent, name);
    const text = await readFile(join(folder, this.isV2 ? 'memory.events' : 'memory.oom_control'), 'utf8').catch(() => '');
    const kills = /^oom_kill (\d+)$/m.exec(text)?.[1];
    await rmdir(folder).catch(() => {});
    return kills !== undefined && kills !== '0';
  }

  /** Removes the common group, when no other is left in it. */
  async close(): Promise<void> {
    await rmdir(this.parent).catch(() => {});
  }
}

async function candidates(): Promise<{ folder: string; isV2: boolean }[]> {
  const [mounts, own] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
  ]);
  const result: { folder: string; isV2: boolean }[] = [];
  for (const line of mounts.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const point = left.split(' ')[4] ?? '';
    const [type, , options = ''] = right.split(' ');
    if (type === 'cgroup2') {
      const path = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
      if (path !== '/') result.push({ folder: join(point, path, '..'), isV2: true });
      result.push({ folder: join(point, path), isV2: true });
    } else if (type === 'cgroup' && options.split(',').includes('memory')) {
      const path = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1] ?? '/';
      result.push({ folder: join(point, path), isV2: false }, { folder: point, isV2: false });
    }
  }
  return result;
}
