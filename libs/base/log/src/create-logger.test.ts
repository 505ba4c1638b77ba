import { describe, expect, test } from '@jest/globals';
import { ProwError } from '@prow/base-errors';
import { createLogger, type LogLevel } from './index.ts';

function collect(level: LogLevel = 'info', isTTY = false): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, log: createLogger({ name: 'hook', level, stream: { write: (line: string) => lines.push(line), isTTY } }) };
}

const parsed = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>;

describe('JSON lines', () => {
  test('component, level, time, message and fields', () => {
    const { lines, log } = collect();
    log.child({ pull: 7 }).warn('request failed', { attempt: 2, big: 5n });
    expect(parsed(lines[0])).toMatchObject({ component: 'hook', level: 'warn', msg: 'request failed', pull: 7, attempt: 2, big: '5', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
    expect(lines[0]).toMatch(/\n$/);
  });

  test('levels below the wanted one are left out', () => {
    const { lines, log } = collect('warn');
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(lines.map((line) => parsed(line)['msg'])).toEqual(['c']);
    expect(collect('silent').lines).toEqual([]);
  });

  test('an error is told with message, code and details; a stack only when it is unexpected', () => {
    const { lines, log } = collect();
    log.error('failed', { error: new ProwError('PROW_X_Y', 'no', { details: { file: 'a.yaml' } }) });
    log.error('failed', { error: new TypeError('oops', { cause: new Error('why') }) });
    expect(parsed(lines[0])['error']).toEqual({ message: 'no', name: 'ProwError', code: 'PROW_X_Y', details: { file: 'a.yaml' } });
    expect(parsed(lines[1])['error']).toMatchObject({ message: 'oops: why', name: 'TypeError', stack: expect.stringContaining('create-logger.test') });
  });

  test('a field that cannot be written does not prevent the line', () => {
    const { lines, log } = collect();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    log.info('circular', { circular });
    expect(parsed(lines[0])['msg']).toBe('circular');
  });
});

test('lines for people on a terminal', () => {
  const before = process.env['NO_COLOR'];
  process.env['NO_COLOR'] = '1';
  try {
    const { lines, log } = collect('info', true);
    log.info('ready', { url: 'http://127.0.0.1:80', text: 'two words', error: new ProwError('PROW_X_Y', 'no') });
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}hook {7}ready url=http:\/\/127\.0\.0\.1:80 text="two words" error="no" \(PROW_X_Y\)\n$/);
  } finally {
    if (before === undefined) delete process.env['NO_COLOR'];
    else process.env['NO_COLOR'] = before;
  }
});
