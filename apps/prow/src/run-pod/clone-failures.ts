// Why cloning failed: git's own words, from the records that initupload leaves among the results. The records of a pod are
// not to be trusted: a server's answer stands in them as it came.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneRecordsFile } from '@prow/model-artifact-layout';
import { shownLine } from './shown-line.ts';

export interface CloneFailure {
  /** `org/repo`; empty when it failed before the first repository. */
  repo: string;
  command: string;
  /** The end of what it wrote, and how it ended. */
  lines: string[];
}

const maxRecordBytes = 16 * 1024 * 1024;
const maxFailures = 10;
const maxLines = 20;
/** Enough for that many lines: the rest of a long output is not cut into lines. */
const tailLength = 16 * 1024;

/** None if nothing failed to clone, or if there are no records. */
export async function readCloneFailures(results: string): Promise<CloneFailure[]> {
  try {
    const file = await open(join(results, cloneRecordsFile));
    try {
      if ((await file.stat()).size > maxRecordBytes) return [];
      return cloneFailuresOf(JSON.parse(await file.readFile('utf8')));
    } finally {
      await file.close();
    }
  } catch {
    // It only explains what is told anyway.
    return [];
  }
}

/** Of every failed record, the last command that went wrong. */
export function cloneFailuresOf(records: unknown): CloneFailure[] {
  return listOf(records).filter((record) => record['failed'] === true).slice(0, maxFailures).map((record) => {
    const [{ org, repo } = {}] = listOf([record['refs']]);
    const { command, output, error } = listOf(record['commands']).findLast((each) => textOf(each['error']) !== '') ?? {};
    const lines = [textOf(output), textOf(error)].flatMap((text) => text.slice(-tailLength).trimEnd().split('\n')).map(shownLine).filter((line) => line !== '');
    return { repo: textOf(org) === '' ? '' : shownLine(`${textOf(org)}/${textOf(repo)}`), command: shownLine(textOf(command)), lines: lines.slice(-maxLines) };
  });
}

/** For people. */
export function cloneFailureText({ repo, command, lines }: CloneFailure): string {
  return [`cloning ${repo === '' ? '(its preparation)' : repo} failed: ${command}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
