// Our answers to the questions of goldens/go/*.jsonl, in the goldens' own notation.
import { parseCron } from '@prow/base-cron';
import { messageOf, ProwError } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { parseTemplate } from '@prow/base-template';
import { formatGoDuration, parseGoDuration } from '@prow/base-time';
import { prowJobForTemplate } from '@prow/model-prowjob';
import type { ProwJob } from '@prow/model-prowjob';

export function cronAnswer({ expr, next = {} }: { expr: string; next?: Record<string, string[]> }): object {
  try {
    const schedule = parseCron(expr);
    return { expr, next: Object.fromEntries(Object.keys(next).map((start) => [start, fourTimes(schedule, Date.parse(start))])) };
  } catch (error) {
    return { expr, error: messageOf(error) };
  }
}

function fourTimes(schedule: ReturnType<typeof parseCron>, startMs: number): string[] {
  const found: string[] = [];
  for (let at = schedule.nextAfter(startMs); found.length < 4; at = schedule.nextAfter(at)) {
    if (at === null) return [...found, 'never'];
    found.push(new Date(at).toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

export function templateAnswer({ template }: { template: string }, prowJob: ProwJob): object {
  try {
    return { template, output: parseTemplate(template).execute(prowJobForTemplate(prowJob)) };
  } catch (error) {
    return { template, [error instanceof ProwError && error.code === 'PROW_TEMPLATE_SYNTAX' ? 'parseError' : 'execError']: messageOf(error) };
  }
}

export function regexAnswer({ re, s }: { re: string; s: string }): object {
  try {
    const regex = compileRegex(re);
    return { re, s, match: regex.test(s), find: regex.match(s)?.map((group) => group ?? '') ?? null };
  } catch (error) {
    return { re, s, error: messageOf(error) };
  }
}

export function durationAnswer({ in: text }: { in: string }): object {
  try {
    const ns = parseGoDuration(text);
    return { in: text, ns: String(ns), string: formatGoDuration(ns) };
  } catch (error) {
    return { in: text, error: messageOf(error) };
  }
}
