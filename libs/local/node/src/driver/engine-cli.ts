// The command line of docker or podman: whether it answers, and calls to it.
import { run, type RunResult } from '@prow/base-process';
import { findInPath } from './host-tools.ts';

export interface EngineProbe {
  engine: 'docker' | 'podman';
  /** The client program. */
  file: string;
  version: string;
}

export type EngineCall = (args: readonly string[], timeoutMs?: number) => Promise<RunResult>;

const probeTimeoutMs = 5000;
const callTimeoutMs = 60_000;

/** Why the engine does not answer, or how to call it. */
export async function probeEngine(engine: EngineProbe['engine']): Promise<EngineProbe | string> {
  const file = findInPath(engine);
  if (file === undefined) return 'is not installed';
  const format = engine === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const result = await run({ file, args: ['version', '--format', format], env: clientEnvironment(), timeoutMs: probeTimeoutMs });
  const version = result.stdout.trim();
  if (result.code !== 0 || version === '') return lastLine(result.stderr) || 'does not answer';
  return { engine, file, version };
}

export function engineCall({ file }: EngineProbe): EngineCall {
  return (args, timeoutMs = callTimeoutMs) => run({ file, args: [...args], env: clientEnvironment(), timeoutMs });
}

/** The client needs this process's own: where its daemon, its settings and its credentials are. */
export function clientEnvironment(): Record<string, string> {
  return process.env as Record<string, string>;
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
}
