import { expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { label } from './index.ts';
import { readLabelCommands } from './read-commands.ts';

const settings = 'label:\n  additional_labels: [custom]\n  restricted_labels:\n    org:\n    - {label: locked, allowed_users: [boss], assign_on: [{label: kind/bug}]}\n';
const world = (more: Partial<WorldOptions> = {}): PluginWorld =>
  new PluginWorld({ plugin: label, settings, repositoryLabels: ['kind/bug', 'kind/feature', 'needs-kind', 'Custom', 'triage/accepted', 'locked'], members: ['member'], ...more });

test.each([
  ['/kind bug feature', [], ['addLabels kind/bug, kind/feature']],
  ['/kind   bug', [], ['addLabels kind/bug']],
  ['/kind BUG', ['kind/bug'], []],
  ['/label custom', [], ['addLabels Custom']],
  ['/label kind/bug', [], ['createComment @x: Not possible here: `/label kind/bug`. Labels that may be set that way here: `custom, locked`. The configuration lists them as `additional_labels` and `restricted_labels` of the plugin.']],
  ['/kind nonsense', [], ['createComment @x: The repository has no such label: `kind/nonsense`.']],
  ['/remove-kind bug', ['kind/bug'], ['addLabels needs-kind', 'removeLabel kind/bug']],
  ['/remove-kind bug\n/kind feature', ['kind/bug'], ['addLabels kind/feature', 'removeLabel kind/bug']],
  ['/triage accepted', [], ['createComment @x: Only members of the organisation may set `triage/accepted`.']],
  ['/label locked', [], ['createComment @x: `locked` is restricted. It may be set and removed by boss.']],
  ['<!-- /kind bug\n/kind bug -->', [], []],
])('%j', async (body, labels, changes) => {
  expect(await world({ labels }).comment('x', body)).toEqual(changes);
});

test('those who may set a restricted label', async () => {
  expect(await world().comment('Boss', '/label locked')).toEqual(['addLabels locked']);
  expect(await world().pullRequest('labeled', { label: { name: 'kind/bug' } })).toEqual(['assign boss']);
  expect(await world().comment('member', '/triage accepted')).toEqual(['addLabels triage/accepted']);
});

test('run again after a crash, a label removed by the first run is not missed', async () => {
  const pull = world({ labels: ['kind/bug'] });
  await pull.comment('x', '/remove-kind bug');
  expect(pull.notes).toEqual(['remove kind/bug']);
  expect(await world({ labels: [], attempt: 1, notes: pull.notes }).comment('x', '/remove-kind bug')).toEqual(['addLabels needs-kind']);
});

test('ten thousand commands are bounded', () => {
  const commands = readLabelCommands(Array.from({ length: 10_000 }, (_, index) => `/kind k${index}`).join('\n'), () => true);
  expect(commands?.add).toHaveLength(200);
});
