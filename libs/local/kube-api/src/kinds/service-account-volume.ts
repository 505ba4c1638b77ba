// What every pod gets that does not refuse it: a volume with a token of its service account, the certificate to verify
// the API with, and its namespace. upstream: plugin/pkg/admission/serviceaccount/admission.go
import { randomBytes } from 'node:crypto';
import { isJsonObject, objects, type ApiObject, type JsonObject } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** upstream asks for an hour and seven seconds, to tell these tokens from others. */
const expirationSeconds = 3607;
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Before the pod is stored. Without a certificate (plain HTTP) there is nothing to give. */
export function addServiceAccountVolume({ store, rootCertificate }: Core, pod: ApiObject): void {
  const spec = isJsonObject(pod['spec']) ? pod['spec'] : {};
  if (rootCertificate === undefined || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return;
  if (!wantsToken(spec, accountOf(store, pod.metadata.namespace ?? '', spec['serviceAccountName']))) return;
  const containers = [...objects(spec['containers']), ...objects(spec['initContainers'])].filter((container) => !objects(container['volumeMounts']).some((mount) => mount['mountPath'] === mountPath));
  if (containers.length === 0) return;
  const volumes = objects(spec['volumes']);
  const name = volumes.map((volume) => String(volume['name'])).find((one) => one.startsWith(volumePrefix)) ?? `${volumePrefix}${suffix()}`;
  for (const container of containers) container['volumeMounts'] = [...objects(container['volumeMounts']), { name, readOnly: true, mountPath }];
  if (!volumes.some((volume) => volume['name'] === name)) spec['volumes'] = [...volumes, { name, projected: { sources: sources(), defaultMode: 0o644 } }];
}

function wantsToken(spec: JsonObject, account: JsonObject | undefined): boolean {
  if (typeof spec['automountServiceAccountToken'] === 'boolean') return spec['automountServiceAccountToken'];
  return account?.['automountServiceAccountToken'] !== false;
}

function accountOf(store: Core['store'], namespace: string, name: unknown): JsonObject | undefined {
  return typeof name === 'string' ? store.latest('serviceaccounts', objectKey(namespace, name), { apiVersion: 'v1', kind: 'ServiceAccount' })?.object : undefined;
}

function sources(): JsonObject[] {
  return [
    { serviceAccountToken: { expirationSeconds, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
  ];
}

function suffix(): string {
  return [...randomBytes(5)].map((byte) => suffixLetters[byte % suffixLetters.length]).join('');
}
