import { describe, expect, test } from '@jest/globals';
import type { ContainerState, Pod, PodStatus } from '@prow/model-kube-types';
import { cloneFailuresOf } from './clone-failures.ts';
import { makeLocal, missingFor, parseVolumeChoices } from './make-local.ts';
import { outcomeOf, testContainers } from './pod-outcome.ts';
import { eventsOf, progressText } from './progress.ts';

const pod = (status: PodStatus = {}, more: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'x' }, { name: 'sidecar', image: 'x', env: [{ name: 'SIDECAR_OPTIONS', value: '{}' }] }], ...more },
  status,
});
const ended = (name: string, exitCode: number, reason?: string): NonNullable<PodStatus['containerStatuses']>[number] => ({
  name, ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } } as ContainerState,
});
const waiting = (name: string, reason: string): NonNullable<PodStatus['containerStatuses']>[number] => ({ name, ready: false, restartCount: 0, image: '', imageID: '', state: { waiting: { reason, message: 'why' } } });

describe('the outcome of a pod', () => {
  test('the sidecar is no test', () => expect(testContainers(pod()).map(({ name }) => name)).toEqual(['a', 'b']));

  test.each<[string, PodStatus, ReturnType<typeof outcomeOf>]>([
    ['it runs', { phase: 'Running', containerStatuses: [ended('a', 3)] }, undefined],
    ['it waits for its first container', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }], containerStatuses: [waiting('a', 'PodInitializing')] }, undefined],
    ['success', { phase: 'Succeeded' }, { exitCode: 0, guilty: [] }],
    ['a failed test', { phase: 'Failed', containerStatuses: [ended('a', 0), ended('b', 9), ended('sidecar', 0)] }, { exitCode: 9, guilty: [] }],
    ['too much memory', { phase: 'Failed', containerStatuses: [ended('a', 137, 'OOMKilled')] }, { exitCode: 137, guilty: [], message: 'container a was killed: it used more memory than its limit' }],
    ['a failed start', { phase: 'Failed', initContainerStatuses: [ended('clonerefs', 0), ended('initupload', 1), waiting('place-entrypoint', 'PodInitializing')] }, { exitCode: 1, guilty: ['clonerefs', 'initupload'], message: 'the job did not start: init container initupload ended with 1' }],
    ['a failed upload', { phase: 'Failed', containerStatuses: [ended('a', 0), ended('b', 0), ended('sidecar', 1)] }, { exitCode: 1, guilty: ['sidecar'], message: 'the tests passed, but sidecar ended with 1' }],
    ['a node that refuses', { phase: 'Failed', reason: 'HostPathForbidden', message: 'no' }, { exitCode: 1, guilty: [], message: 'HostPathForbidden: no' }],
    ['an image that is not there', { phase: 'Pending', containerStatuses: [waiting('a', 'ErrImagePull')] }, { exitCode: 1, guilty: [], message: 'container a cannot start: ErrImagePull: why' }],
    ['no place', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] }, { exitCode: 1, guilty: [], message: 'the pod finds no place on this machine: 0/1 nodes' }],
  ])('%s', (_what, status, expected) => expect(outcomeOf(pod(status))).toEqual(expected));
});

describe('a pod on one machine', () => {
  const cluster = pod({}, {
    nodeSelector: { disk: 'ssd' }, serviceAccountName: 'robot',
    volumes: [{ name: 'cache', persistentVolumeClaim: { claimName: 'c' } }, { name: 'key', secret: { secretName: 'k' } }, { name: 'maybe', configMap: { name: 'm', optional: true } }, { name: 'all', projected: { sources: [{ configMap: { name: 'n' } }] } }],
    containers: [{ name: 'a', image: 'x', resources: { requests: { cpu: '99' }, limits: { memory: '1Gi' } }, env: [{ name: 'T', valueFrom: { secretKeyRef: { name: 'tokens', key: 't' } } }], envFrom: [{ configMapRef: { name: 'vars' } }] }],
  });

  test('what it lacks, all at once', () => {
    expect(missingFor(cluster, [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tokens' } }])).toEqual([
      'volume cache is a persistentVolumeClaim, which this machine does not have: give --volume cache=empty or --volume cache=FOLDER',
      'volume key (or --volume key=empty|FOLDER) needs Secret k: give it with --objects FILE',
      'volume all (or --volume all=empty|FOLDER) needs ConfigMap n: give it with --objects FILE',
      'container a, envFrom, needs ConfigMap vars: give it with --objects FILE',
    ]);
  });

  test('volumes as chosen, nothing that chooses a node, limits kept', () => {
    const { spec } = makeLocal(cluster, parseVolumeChoices(['cache=empty', 'key=/keys']));
    expect(spec.volumes?.slice(0, 2)).toEqual([{ name: 'cache', emptyDir: {} }, { name: 'key', hostPath: { path: '/keys' } }]);
    expect([spec.nodeSelector, spec.serviceAccountName, spec.containers[0]?.resources]).toEqual([undefined, undefined, { limits: { memory: '1Gi' } }]);
  });

  test('choices that mean nothing are told', () => {
    expect(() => parseVolumeChoices(['cache'])).toThrow('--volume: found "cache", expected NAME=empty or NAME=FOLDER');
    expect(() => makeLocal(cluster, parseVolumeChoices(['cash=empty']))).toThrow('the pod has no volume cash; it has cache, key, maybe, all');
  });
});

describe('failures of cloning', () => {
  test('the last command that failed of each failed record, its end, nothing that moves a cursor', () => {
    const output = `${'x'.repeat(100_000)}\n${Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n')}\n\u001B[2Jfatal: no\n`;
    const records = [{ refs: { org: '', repo: '' } }, { refs: { org: 'o', repo: 'r' }, failed: true, commands: [{ command: 'git init' }, { command: 'git fetch', output, error: 'exit status 128' }, { command: 'git gc' }] }];
    const [found, ...more] = cloneFailuresOf(records);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ repo: 'o/r', command: 'git fetch' });
    expect([found?.lines.length, found?.lines.slice(-2)]).toEqual([20, ['[2Jfatal: no', 'exit status 128']]);
  });

  test.each([[null], [{}], [[null, 1, 'x']], [[{ failed: true, refs: 1, commands: [null, { error: 1 }] }]]])('records that are none: %j', (records) => {
    for (const { repo, command, lines } of cloneFailuresOf(records)) expect([repo, command, lines]).toEqual(['', '', []]);
  });
});

describe('progress', () => {
  const from = '2026-01-02T03:04:05Z';
  const status = (state: object): Parameters<typeof eventsOf>[0] => ({ name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state: state as ContainerState });
  test.each([
    [{ waiting: { reason: 'PodInitializing' } }, []],
    [{ waiting: { reason: 'ErrImagePull', message: 'no such image' } }, ['c waits (ErrImagePull: no such image)']],
    [{ running: { startedAt: from } }, ['c runs']],
    [{ terminated: { startedAt: from, finishedAt: '2026-01-02T03:04:17Z', exitCode: 0, reason: 'Completed' } }, ['c runs', 'c is done after 12 s']],
    [{ terminated: { startedAt: from, finishedAt: '2026-01-02T03:04:06Z', exitCode: 137, reason: 'OOMKilled' } }, ['c runs', 'c ended with 137 after 1 s (OOMKilled)']],
    [{ terminated: { exitCode: 1 } }, ['c ended with 1']],
  ])('%j', (state, texts) => expect(eventsOf(status(state)).map(progressText)).toEqual(texts));
});
