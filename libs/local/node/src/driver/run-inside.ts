import { run } from '@prow/base-process';
import type { ExecResult, InsideCommand } from './driver.ts';

const maxOutputBytes = 16 * 1024;
/** As a shell has it for a process that was killed. */
const killedCode = 137;

/** Runs to its end, or to the deadline; keeps the first kilobytes of what it writes. */
export async function runInside(command: InsideCommand | undefined, timeoutMs: number): Promise<ExecResult> {
  if (command === undefined) return { exitCode: killedCode, output: 'the container is not running' };
  const result = await run({ ...command, args: [...command.args], timeoutMs, maxOutputBytes });
  return { exitCode: result.timedOut ? killedCode : result.code ?? killedCode, output: result.stdout + result.stderr };
}
