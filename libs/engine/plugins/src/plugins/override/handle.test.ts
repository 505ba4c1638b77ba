import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { descriptionWithBase } from '../../status-text.ts';
import { override } from './index.ts';
import { readOverride } from './read-commands.ts';

const config = 'presubmits:\n  org/repo:\n    - {name: job, context: ctx, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}}\n';
const world = (more: Partial<WorldOptions> = {}): PluginWorld =>
  new PluginWorld({
    plugin: override,
    config,
    statuses: [{ context: 'ctx', state: 'failure' }, { context: 'a b', state: 'error' }, { context: 'green', state: 'success', description: 'Overridden by x' }],
    answers: { hasPermission: ({ login }: { login: string }) => login === 'boss' },
    ...more,
  });

test('by context or by job, with a ProwJob where there is one', async () => {
  const status = `createStatus ctx success ${descriptionWithBase('Overridden by boss', 'base')}`;
  for (const name of ['ctx', 'job']) {
    const pull = world();
    expect(await pull.comment('boss', `/override ${name}`)).toEqual(['createProwJob job', status, 'createComment @boss: These contexts count as passed now, on behalf of boss: ctx']);
    expect(pull.prowJobs[0]?.status).toMatchObject({ state: 'success', description: 'Overridden by boss', completionTime: expect.any(String) });
  }
  expect(await world().comment('boss', '/override "a b"')).toHaveLength(2);
});

test('refusals', async () => {
  expect((await world().comment('x', '/override ctx'))[0]).toContain('may be used by administrators');
  expect((await world().comment('boss', '/override'))[0]).toContain('needs the names');
  expect((await world().comment('boss', '/override green'))[0]).toContain('works on contexts that have failed');
});

test('approvers of the root, where allowed', async () => {
  const owned = world({ owners: { '': { approvers: ['own'] } }, settings: 'override: {allow_top_level_owners: true}\n' });
  expect(await owned.comment('own', '/override ctx')).toHaveLength(3);
});

test('cancelling', async () => {
  expect(await world().comment('boss', '/override-cancel')).toEqual(['createStatus green failure Override cancelled by boss', 'createComment @boss: No longer overridden, on behalf of boss: green']);
});

test('after a crash, what was done is not an unknown context', async () => {
  const done = world({ attempt: 1, statuses: [{ context: 'ctx', state: 'success', description: descriptionWithBase('Overridden by boss', 'base') }] });
  expect((await done.comment('boss', '/override ctx')).at(-1)).toContain('count as passed now');
});

test('names', () => {
  expect([...(readOverride('/override a  "b c" d\r\n/override e', 'override')?.names ?? [])]).toEqual(['a', 'b c', 'd', 'e']);
  expect(readOverride('/override-sticky a', 'override')).toBeUndefined();
});
