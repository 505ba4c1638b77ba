// How an attempt ended, in the kubelet's words.
import type { Container } from '@prow/model-kube-types';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptState } from '../container/attempt.ts';
import type { Driver } from '../driver/driver.ts';

export interface AttemptResult {
  exitCode: number;
  reason: string;
  message?: string;
}

const maxMessageBytes = 4096;
const fallbackBytes = 2048;
const fallbackLines = 80;

export async function readResult(directory: string): Promise<AttemptResult | undefined> {
  const text = await readFile(join(directory, 'result.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as AttemptResult);
}

/** As the kubelet has it: without a result nobody can say that it went well. */
export const unknownResult: AttemptResult = { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' };

export async function resultOf(directory: string, container: Container, state: Extract<AttemptState, { phase: 'exited' | 'lost' }>, cleaned: Awaited<ReturnType<Driver['cleanUp']>>): Promise<AttemptResult> {
  if (state.phase === 'lost') return unknownResult;
  const startError = state.startError ?? cleaned.startError;
  if (startError !== undefined) return { exitCode: 128, reason: 'StartError', message: startError.slice(0, maxMessageBytes) };
  const reason = cleaned.oomKilled && state.exitCode !== 0 ? 'OOMKilled' : state.exitCode === 0 ? 'Completed' : 'Error';
  const message = await terminationMessage(directory, container, state.exitCode);
  return { exitCode: state.exitCode, reason, ...(message === '' ? {} : { message }) };
}

async function terminationMessage(directory: string, container: Container, exitCode: number): Promise<string> {
  const written = (await readEnd(join(directory, 'termination-log'), maxMessageBytes, 'first')).toString('utf8');
  if (written !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return written;
  const tail = (await readEnd(join(directory, 'log'), fallbackBytes, 'last')).toString('utf8');
  const lines = tail.split('\n');
  const kept = lines.at(-1) === '' ? fallbackLines + 1 : fallbackLines;
  return lines.slice(-kept).join('\n');
}

async function readEnd(path: string, bytes: number, which: 'first' | 'last'): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, which === 'first' ? 0 : size - buffer.length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
