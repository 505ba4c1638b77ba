import { expect, test } from '@jest/globals';
import { parseQuantity, type Container, type Pod, type Taint } from '@prow/model-kube-types';
import { podRequests, qosClass } from '../pod/resources.ts';
import { misfit, type FitRequest } from './node-fit.ts';

const container = (cpu: string, memory = '0', more: Partial<Container> = {}): Container => ({ name: 'c', resources: { requests: { cpu, memory } }, ...more });
const pod = (spec: Partial<Pod['spec']>): Pod => ({ metadata: { name: 'p' }, spec: { containers: [container('1')], ...spec } });
const fit = (candidate: Pod, used: Record<string, string> = {}, node: Partial<FitRequest> = {}): string | undefined =>
  misfit({
    pod: candidate,
    used: new Map(Object.entries(used).map(([name, text]) => [name, parseQuantity(text)])),
    allocatable: { cpu: '2', memory: '1Gi', pods: '3' },
    labels: { disk: 'ssd', size: '5' },
    nodeName: 'local',
    cordoned: false,
    taints: [],
    ...node,
  });

test('requests are the sum of containers, or the largest init container beside the sidecars before it', () => {
  const requests = podRequests(pod({
    initContainers: [container('100m', '1Gi', { restartPolicy: 'Always' }), container('3')],
    containers: [container('1'), container('500m', '2Gi')],
  }));
  expect(requests.get('cpu')?.nanos).toBe(parseQuantity('3100m').nanos);
  expect(requests.get('memory')?.nanos).toBe(parseQuantity('3Gi').nanos);
});

test('what is short is named', () => {
  expect(fit(pod({}))).toBeUndefined();
  expect(fit(pod({}), { cpu: '1' })).toBeUndefined();
  expect(fit(pod({}), { cpu: '1001m' })).toBe('Insufficient cpu');
  expect(fit(pod({ containers: [container('3', '2Gi')] }))).toBe('Insufficient cpu, 1 Insufficient memory');
  expect(fit(pod({}), { pods: '3' })).toBe('Too many pods');
  expect(fit(pod({ containers: [{ name: 'c', resources: { limits: { 'nvidia.com/gpu': '1' } } }] }))).toBe('Insufficient nvidia.com/gpu');
});

test('selectors and affinity', () => {
  const affinity = (operator: 'In' | 'NotIn' | 'Gt' | 'Exists', key: string, values: string[]): Pod =>
    pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] } } } });
  const no = "node(s) didn't match Pod's node affinity/selector";
  expect([fit(pod({ nodeSelector: { disk: 'ssd' } })), fit(pod({ nodeSelector: { disk: 'hdd' } }))]).toEqual([undefined, no]);
  expect([fit(affinity('In', 'disk', ['ssd'])), fit(affinity('NotIn', 'disk', ['ssd'])), fit(affinity('Gt', 'size', ['4'])), fit(affinity('Exists', 'none', []))]).toEqual([undefined, no, undefined, no]);
});

test('quality of service', () => {
  const withLimits = (limits: Record<string, string>, requests?: Record<string, string>): Pod => pod({ containers: [{ name: 'c', resources: { limits, ...(requests && { requests }) } }] });
  expect(qosClass(pod({ containers: [{ name: 'c' }] }))).toBe('BestEffort');
  expect(qosClass(withLimits({ cpu: '1', memory: '1Gi' }))).toBe('Guaranteed');
  expect(qosClass(withLimits({ cpu: '1', memory: '1Gi' }, { cpu: '500m' }))).toBe('Burstable');
  expect(qosClass(withLimits({ cpu: '1' }))).toBe('Burstable');
});

test('taints keep out who does not tolerate them', () => {
  const taints = [{ key: 'soft', effect: 'PreferNoSchedule' as const }, { key: 'team', value: 'infra', effect: 'NoSchedule' as const }];
  const tainted = (tolerations: Pod['spec']['tolerations'] = []): string | undefined => fit(pod({ tolerations }), {}, { taints });
  const no = 'node(s) had untolerated taint {team: infra}';
  expect(tainted()).toBe(no);
  expect(tainted([{ key: 'team', value: 'infra' }])).toBeUndefined();
  expect(tainted([{ key: 'team', operator: 'Equal', value: 'infra', effect: 'NoSchedule' }])).toBeUndefined();
  expect(tainted([{ key: 'team', operator: 'Exists' }])).toBeUndefined();
  expect(tainted([{ operator: 'Exists' }])).toBeUndefined();
  expect(tainted([{ key: 'team', value: 'other' }])).toBe(no);
  expect(tainted([{ key: 'other', operator: 'Exists' }])).toBe(no);
  expect(tainted([{ operator: 'Exists', effect: 'NoExecute' }])).toBe(no);
  expect(fit(pod({}), {}, { taints: [{ key: 'down', effect: 'NoExecute' }] })).toBe('node(s) had untolerated taint {down: }');
  expect(fit(pod({}), {}, { taints: [taints[0] as Taint] })).toBeUndefined();
});

test('a cordoned node takes only who tolerates that', () => {
  expect(fit(pod({}), {}, { cordoned: true })).toBe('node(s) were unschedulable');
  expect(fit(pod({ tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] }), {}, { cordoned: true })).toBeUndefined();
});
