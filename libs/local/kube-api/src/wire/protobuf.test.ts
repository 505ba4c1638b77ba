import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import protobuf from 'protobufjs';
import { packedProtobuf } from '../facts/protobuf-packed.ts';
import { decodeProtobuf } from './protobuf.ts';

const root = protobuf.Root.fromJSON(JSON.parse(gunzipSync(Buffer.from(packedProtobuf, 'base64')).toString()) as protobuf.INamespace);

/** A body as a Go client sends it. */
function body(apiVersion: string, kind: string, type: string, message: Record<string, unknown>): Buffer {
  const raw = root.lookupType(type).encode(root.lookupType(type).fromObject(message)).finish();
  const envelope = root.lookupType('k8s.io.apimachinery.pkg.runtime.Unknown');
  return Buffer.concat([Buffer.from('k8s\0'), envelope.encode(envelope.fromObject({ typeMeta: { apiVersion, kind }, raw: Buffer.from(raw) })).finish()]);
}

describe('a pod in protobuf', () => {
  const pod = decodeProtobuf(
    body('v1', 'Pod', 'k8s.io.api.core.v1.Pod', {
      // Go writes every field that is no pointer, empty or not.
      metadata: { name: 'p', generateName: '', namespace: 'test-pods', selfLink: '', uid: '', resourceVersion: '', generation: 0, creationTimestamp: {}, labels: { a: '', b: 'c' } },
      spec: {
        volumes: [
          { name: 'logs', volumeSource: { emptyDir: { medium: '' } } },
          { name: 'settings', volumeSource: { configMap: { localObjectReference: { name: 'cm' }, defaultMode: 420 } } },
          { name: 'key', volumeSource: { secret: { secretName: 's', defaultMode: 0 } } },
        ],
        containers: [
          {
            name: 'test', image: 'busybox', command: ['sh', ''], workingDir: '', stdin: false,
            env: [{ name: 'TOKEN', value: '', valueFrom: { secretKeyRef: { localObjectReference: { name: 's' }, key: 'k', optional: false } } }, { name: 'PLAIN', value: 'x' }],
            resources: { requests: { cpu: { string: '500m' }, memory: { string: '1Gi' } } },
            ports: [{ name: '', hostPort: 0, containerPort: 8080, protocol: 'TCP', hostIP: '' }],
            readinessProbe: { handler: { httpGet: { path: '/healthz', port: { type: 0, intVal: 8081, strVal: '' }, host: '', scheme: '' } }, initialDelaySeconds: 10, timeoutSeconds: 600 },
            securityContext: { runAsUser: 0, privileged: false },
          },
        ],
        restartPolicy: 'Never', terminationGracePeriodSeconds: 0, hostNetwork: false, automountServiceAccountToken: false, securityContext: {}, nodeName: '',
        tolerations: [{ key: 'k', operator: 'Exists', value: '', effect: 'NoExecute', tolerationSeconds: 0 }],
      },
      status: { phase: '', message: '' },
    }),
  );

  test('is the JSON that Go would have written', () => {
    expect(pod).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'p', namespace: 'test-pods', labels: { a: '', b: 'c' } },
      spec: {
        volumes: [
          { name: 'logs', emptyDir: {} },
          { name: 'settings', configMap: { name: 'cm', defaultMode: 420 } },
          { name: 'key', secret: { secretName: 's', defaultMode: 0 } },
        ],
        containers: [
          {
            name: 'test', image: 'busybox', command: ['sh', ''],
            env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } }, { name: 'PLAIN', value: 'x' }],
            resources: { requests: { cpu: '500m', memory: '1Gi' } },
            ports: [{ containerPort: 8080, protocol: 'TCP' }],
            readinessProbe: { httpGet: { path: '/healthz', port: 8081 }, initialDelaySeconds: 10, timeoutSeconds: 600 },
            securityContext: { runAsUser: 0, privileged: false },
          },
        ],
        restartPolicy: 'Never', terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, securityContext: {},
        tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }],
      },
    });
  });
});

test('times, raw JSON, bytes and options', () => {
  const lease = decodeProtobuf(body('coordination.k8s.io/v1', 'Lease', 'k8s.io.api.coordination.v1.Lease', {
    metadata: { name: 'l', creationTimestamp: { seconds: 1_767_323_045 }, managedFields: [{ manager: 'm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { Raw: Buffer.from('{"f:spec":{}}') } }] },
    spec: { holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 0, renewTime: { seconds: 1_767_323_045, nanos: 123_456_000 } },
  }));
  expect(lease).toMatchObject({
    metadata: { creationTimestamp: '2026-01-02T03:04:05Z', managedFields: [{ fieldsV1: { 'f:spec': {} } }] },
    spec: { renewTime: '2026-01-02T03:04:05.123456Z', leaseTransitions: 0 },
  });
  expect(decodeProtobuf(body('v1', 'Secret', 'k8s.io.api.core.v1.Secret', { data: { k: Buffer.from('q') } }))).toMatchObject({ data: { k: 'cQ==' } });
  const options = body('prow.k8s.io/v1', 'DeleteOptions', 'k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions', { gracePeriodSeconds: 0, propagationPolicy: 'Background', preconditions: { uid: 'u' } });
  expect(decodeProtobuf(options)).toMatchObject({ gracePeriodSeconds: 0, propagationPolicy: 'Background', preconditions: { uid: 'u' } });
});

test('a custom resource definition keeps its schema', () => {
  const schema = { type: 'object', xKubernetesPreserveUnknownFields: true, properties: { a: { type: 'boolean', default: { raw: Buffer.from('false') } }, list: { type: 'array', xKubernetesListType: 'map', xKubernetesListMapKeys: ['name'], items: { schema: { type: 'object', additionalProperties: { allows: true } } } } } };
  const decoded = decodeProtobuf(body('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition', {
    spec: { group: 'g', versions: [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: schema } }] },
  }));
  expect(decoded).toMatchObject({
    spec: { versions: [{ served: true, storage: false, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { default: false }, list: { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: { additionalProperties: true } } } } } }] },
  });
});

test('what is no protobuf, or of no known kind, is a bad request', () => {
  expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('must begin with');
  expect(() => decodeProtobuf(Buffer.from('k8s\0\xff\xff\xff'))).toThrow('could not be decoded');
  expect(() => decodeProtobuf(body('v9', 'Nothing', 'k8s.io.api.core.v1.Pod', {}))).toThrow('no kind "Nothing" is registered for version "v9"');
});
