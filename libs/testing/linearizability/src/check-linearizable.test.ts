import { describe, expect, test } from '@jest/globals';
import { checkLinearizable, type Model, type Operation } from './check-linearizable.ts';

type Input = { write: number } | 'read';
const register: Model<number, Input, number> = {
  initial: 0,
  step: (state, input, output) => (input === 'read' ? (output === undefined || output === state ? [state] : []) : [input.write]),
  keyOf: String,
  changesNothing: (input) => input === 'read',
};
const write = (value: number, calledAt: number, returnedAt: number): Operation<Input, number> => ({ input: { write: value }, output: undefined, calledAt, returnedAt });
const read = (value: number, calledAt: number, returnedAt: number): Operation<Input, number> => ({ input: 'read', output: value, calledAt, returnedAt });

describe('a register', () => {
  test.each([
    ['one after the other', [write(1, 0, 1), read(1, 2, 3)]],
    ['a read during a write sees old or new', [write(1, 0, 10), read(0, 1, 2), read(1, 3, 4)]],
    ['a lost write may have happened', [write(1, 0, Number.POSITIVE_INFINITY), read(1, 5, 6)]],
    ['or not', [write(1, 0, Number.POSITIVE_INFINITY), read(0, 5, 6)]],
    ['or late', [write(1, 0, Number.POSITIVE_INFINITY), read(0, 5, 6), read(1, 7, 8)]],
    ['two writes at once, in either order', [write(1, 0, 10), write(2, 0, 10), read(1, 11, 12), read(1, 13, 14)]],
  ])('%s: ok', (_what, operations) => {
    expect(checkLinearizable(register, operations)).toMatchObject({ outcome: 'ok' });
  });

  test.each([
    ['an old value after the new one was answered', [write(1, 0, 1), read(0, 2, 3)]],
    ['back and forth', [write(1, 0, 10), read(1, 1, 2), read(0, 3, 4)]],
    ['what nobody wrote', [write(1, 0, 10), read(7, 1, 2)]],
    ['a lost write that is seen, then not', [write(1, 0, Number.POSITIVE_INFINITY), read(1, 5, 6), read(0, 7, 8)]],
    ['two readers that see two writes in two orders', [write(1, 0, 20), write(2, 0, 20), read(1, 1, 2), read(2, 3, 4), read(1, 5, 6)]],
  ])('%s: violation', (_what, operations) => {
    expect(checkLinearizable(register, operations)).toMatchObject({ outcome: 'violation' });
  });

  test('more possibilities than allowed are told, not guessed', () => {
    const operations = [...Array.from({ length: 12 }, (_, index) => write(index, 0, 100)), read(99, 1, 2)];
    expect(checkLinearizable(register, operations, { maxConfigurations: 50 })).toMatchObject({ outcome: 'undecided' });
  });
});

test('against trying every order: 2,000 small histories by chance', () => {
  let state = 7;
  const chance = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
  const outcomes = { ok: 0, violation: 0 };
  for (let round = 0; round < 2000; round += 1) {
    const operations = Array.from({ length: 1 + chance(5) }, () => {
      const calledAt = chance(8);
      const returnedAt = chance(5) === 0 ? Number.POSITIVE_INFINITY : calledAt + 1 + chance(6);
      return chance(2) === 0 ? write(1 + chance(2), calledAt, returnedAt) : read(chance(3), calledAt, returnedAt === Number.POSITIVE_INFINITY ? calledAt + 1 : returnedAt);
    });
    const expected = canBeOrdered(operations, 0) ? 'ok' : 'violation';
    outcomes[expected] += 1;
    expect([operations, checkLinearizable(register, operations).outcome]).toEqual([operations, expected]);
  }
  expect(Math.min(outcomes.ok, outcomes.violation)).toBeGreaterThan(300);
});

/** Every order that real time allows, tried one by one. */
function canBeOrdered(left: readonly Operation<Input, number>[], state: number): boolean {
  if (left.every(({ returnedAt }) => returnedAt === Number.POSITIVE_INFINITY)) return true;
  const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
  return left.some((operation) => {
    if (operation.calledAt > firstReturn) return false;
    return register.step(state, operation.input, operation.output).some((after) => canBeOrdered(left.filter((each) => each !== operation), after));
  });
}
