// clone.json: what was asked, what was done, how it ended. upstream: pkg/pod-utils/clone/{types,format}.go
import { formatGoDuration } from '@prow/base-time';
import type { Refs } from '@prow/model-prowjob';

export interface CommandRecord {
  command: string;
  output?: string;
  error?: string;
  /** Nanoseconds. */
  duration?: number;
}

export interface CloneRecord {
  /** As they came; empty names in the record of the setup. */
  refs: Refs;
  commands?: CommandRecord[];
  failed?: boolean;
  final_sha?: string;
  /** Nanoseconds. */
  duration?: number;
}

const rule = '-'.repeat(0);

/** A record for people: clone-log.txt. */
export function formatRecord({ refs, commands = [], failed, duration }: CloneRecord): string {
  const lines: string[] = [];
  if (failed === true) lines.push('# FAILED!');
  if (refs.org === '' && refs.repo === '') {
    lines.push('# Environment setup');
  } else {
    const sha = refs.base_sha === undefined || refs.base_sha === '' ? '' : `(${refs.base_sha})`;
    lines.push(`# Cloning ${refs.org}/${refs.repo} at ${refs.base_ref ?? ''}${sha}`);
  }
  const pulls = refs.pulls ?? [];
  if (pulls.length > 0) lines.push(`# Checking out pulls:\n${pulls.map(({ number, sha }) => `#\t${number} at ${sha}\n`).join('')}${rule}`);
  for (const { command, output, error, duration: took } of commands) {
    lines.push(`$ ${command}${took === undefined ? '' : ` (runtime: ${formatGoDuration(BigInt(took))})`}`);
    if (output !== undefined && output !== '') lines.push(output.replace(/\n$/, ''));
    if (error !== undefined && error !== '') lines.push(`# Error: ${error}`);
  }
  if (duration !== undefined) lines.push(`# Final SHA resolved, total runtime: ${formatGoDuration(BigInt(duration))}`);
  return `${lines.join('\n')}\n`;
}

export function nanosecondsSince(start: bigint): number {
  return Number(process.hrtime.bigint() - start);
}
