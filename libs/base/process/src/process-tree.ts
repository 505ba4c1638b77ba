import { readdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** A process as the system's table shows it. `startedAt` tells a process from a later one with the same pid. */
export interface ProcessEntry {
  pid: number;
  parentPid: number;
  groupId: number;
  startedAt: string;
}

/** All processes that this user may see; from /proc, or from `ps` where there is none. */
export function listProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return listWithPs();
  }
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readStat(Number(name));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Undefined when the process is gone. */
function readStat(pid: number): ProcessEntry | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, parentPid: Number(fields[1]), groupId: Number(fields[2]), startedAt: fields[19] ?? '' };
}

function listWithPs(): ProcessEntry[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid=,pgid=,lstart='], { encoding: 'utf8', timeout: 5000 });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, parentPid, groupId, startedAt = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parentPid: Number(parentPid), groupId: Number(groupId), startedAt }];
  });
}

/** The process, its descendants, and the members of its group with theirs. */
export function treeOf(rootPid: number, processes: readonly ProcessEntry[] = listProcesses()): ProcessEntry[] {
  const childrenOf = new Map<number, ProcessEntry[]>();
  for (const entry of processes) {
    const siblings = childrenOf.get(entry.parentPid);
    if (siblings === undefined) childrenOf.set(entry.parentPid, [entry]);
    else siblings.push(entry);
  }
  const found = new Map<number, ProcessEntry>();
  const waiting = processes.filter((entry) => entry.pid === rootPid || entry.groupId === rootPid);
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    if (found.has(entry.pid)) continue;
    found.set(entry.pid, entry);
    waiting.push(...(childrenOf.get(entry.pid) ?? []));
  }
  return [...found.values()];
}

/** Processes whose environment holds `name=value`: finds those that left both tree and group. Linux only, else none. */
export function processesMarked(mark: { name: string; value: string }): ProcessEntry[] {
  const wanted = `${mark.name}=${mark.value}`;
  return listProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(wanted);
    } catch {
      return false;
    }
  });
}

/** Whether this very process (not a later one with its pid) is alive. */
export function isAlive({ pid, startedAt }: ProcessEntry): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = readStat(pid);
  return now === undefined ? process.platform !== 'linux' : now.startedAt === startedAt;
}

/** Sends a signal; a process or group that is gone already is no error. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** One process of the system's table; undefined when there is none (any more). */
export function findProcess(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? readStat(pid) : listWithPs().find((entry) => entry.pid === pid);
}
