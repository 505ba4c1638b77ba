import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface BenchPlace {
  /** Has pod-utils/main.js. */
  tools: string;
  /** Empty folder. */
  work: string;
  /** This repository. */
  root: string;
}

export const line = (what: string, value: string, wanted: string): void => console.log(`${what.padEnd(64)}${value.padStart(12)}   ${wanted}`);

export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Runs a program; its time, code, processor time and the most resident memory seen (both polled). */
export async function runMeasured(file: string, args: readonly string[], { env = {}, cwd, output = 'ignore' }: { env?: Record<string, string>; cwd?: string; output?: 'ignore' | number } = {}): Promise<{ ms: number; code: number | null; rssMib: number; cpuMs: number }> {
  const startedAt = performance.now();
  const child = spawn(file, args, { env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', ...env }, ...(cwd === undefined ? {} : { cwd }), stdio: ['ignore', output, 'ignore'] });
  let rssMib = 0;
  let cpuMs = 0;
  const poll = setInterval(() => {
    try {
      const [, kib = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      rssMib = Math.max(rssMib, Number(kib) / 1024);
      // Fields behind the name, which may hold blanks: user and system time in hundredths of a second.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      cpuMs = Math.max(cpuMs, (Number(fields[11]) + Number(fields[12])) * 10);
    } catch {
      // It has ended.
    }
  }, 10);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  clearInterval(poll);
  return { ms: performance.now() - startedAt, code, rssMib, cpuMs };
}
