import { describe, expect, test } from '@jest/globals';
import { isTransient, messageOf, nearestNames, ProwError } from './index.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('ProwError', () => {
  test('keeps what it was given', () => {
    const cause = new Error('why');
    const error = new ProwError('PROW_X_Y', 'it failed', { details: { file: 'a' }, cause, transient: true, httpStatus: 409 });
    expect(error).toMatchObject({ name: 'ProwError', code: 'PROW_X_Y', message: 'it failed', details: { file: 'a' }, transient: true, httpStatus: 409, cause });
    expect(new ProwError('PROW_X_Y', 'm')).toMatchObject({ details: {}, transient: false });
    expect(new ProwError('PROW_X_Y', 'm').httpStatus).toBeUndefined();
  });

  test('subclasses have their own name', () => {
    class SpecialError extends ProwError {}
    expect(new SpecialError('PROW_X_Y', 'm').name).toBe('SpecialError');
  });
});

describe('isTransient', () => {
  test.each([
    [systemError('ECONNREFUSED'), true],
    [systemError('ENOENT'), false],
    [new ProwError('PROW_A_B', 'm', { transient: true }), true],
    [new ProwError('PROW_A_B', 'm', { cause: systemError('ECONNRESET') }), false],
    [new Error('fetch failed', { cause: systemError('ECONNRESET') }), true],
    [new DOMException('stop', 'AbortError'), false],
    [new AggregateError([systemError('ECONNREFUSED'), systemError('ETIMEDOUT')]), true],
    [new AggregateError([systemError('ECONNREFUSED'), new Error('x')]), false],
    ['text', false],
    [undefined, false],
  ])('%p → %p', (error, expected) => {
    expect(isTransient(error)).toBe(expected);
  });

  test('a cause that leads back to itself', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(isTransient(error)).toBe(false);
    expect(messageOf(error)).toBe('loop');
  });
});

describe('messageOf', () => {
  test.each([
    [new Error('outer', { cause: new Error('inner') }), 'outer: inner'],
    [new Error('outer: inner', { cause: new Error('inner') }), 'outer: inner'],
    [new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
    [new TypeError(''), 'TypeError'],
    ['text', 'text'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, 'unknown error'],
    [null, 'unknown error'],
    [7n, '7'],
  ])('%p → %p', (error, expected) => {
    expect(messageOf(error)).toBe(expected);
  });
});

describe('nearestNames', () => {
  const known = ['config-path', 'job-config-path', 'port', 'plugin-config', 'dry-run'];
  test.each([
    ['confg-path', ['config-path', 'job-config-path'].slice(0, 1)],
    ['prot', ['port']],
    ['Port', ['port']],
    ['dryrun', ['dry-run']],
    ['zzz', []],
  ])('%s → %p', (name, expected) => {
    expect(nearestNames(name, known)).toEqual(expected);
  });

  test('best first, at most the limit', () => {
    expect(nearestNames('config-path', known, 2)).toEqual(['config-path', 'job-config-path']);
    expect(nearestNames('x'.repeat(100_000), known)).toEqual([]);
  });
});
