// upstream: pkg/apis/core/v1/defaults.go
import { isJsonObject, objects, type JsonObject } from '../api-object.ts';

export function applyPodSpecDefaults(spec: JsonObject): void {
  spec['restartPolicy'] ??= 'Always';
  spec['dnsPolicy'] ??= 'ClusterFirst';
  spec['schedulerName'] ??= 'default-scheduler';
  spec['securityContext'] ??= {};
  // A pod that asks for less than nothing gets the least there is.
  const grace = spec['terminationGracePeriodSeconds'];
  spec['terminationGracePeriodSeconds'] = typeof grace === 'number' && grace < 0 ? 1 : (grace ?? 30);
  spec['enableServiceLinks'] ??= true;
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) for (const container of objects(spec[list])) applyContainerDefaults(container);
  // Only init containers may differ from the pod, and only to always run on.
  for (const container of objects(spec['containers'])) delete container['restartPolicy'];
  for (const container of objects(spec['initContainers'])) if (container['restartPolicy'] !== 'Always') delete container['restartPolicy'];
  for (const volume of objects(spec['volumes'])) applyVolumeDefaults(volume);
}

function applyContainerDefaults(container: JsonObject): void {
  container['terminationMessagePath'] ??= '/dev/termination-log';
  container['terminationMessagePolicy'] ??= 'File';
  container['imagePullPolicy'] ??= isLatest(typeof container['image'] === 'string' ? container['image'] : '') ? 'Always' : 'IfNotPresent';
  const resources = isJsonObject(container['resources']) ? container['resources'] : {};
  container['resources'] = resources;
  if (isJsonObject(resources['limits'])) resources['requests'] = { ...resources['limits'], ...(isJsonObject(resources['requests']) ? resources['requests'] : {}) };
  for (const port of objects(container['ports'])) port['protocol'] ??= 'TCP';
  for (const variable of objects(container['env'])) {
    const source = isJsonObject(variable['valueFrom']) ? variable['valueFrom'] : {};
    if (isJsonObject(source['fieldRef'])) source['fieldRef']['apiVersion'] ??= 'v1';
    if (isJsonObject(source['resourceFieldRef'])) source['resourceFieldRef']['divisor'] ??= '0';
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isJsonObject(probe)) continue;
    probe['timeoutSeconds'] ??= 1;
    probe['periodSeconds'] ??= 10;
    probe['successThreshold'] ??= 1;
    probe['failureThreshold'] ??= 3;
    if (isJsonObject(probe['httpGet'])) {
      probe['httpGet']['path'] ??= '/';
      probe['httpGet']['scheme'] ??= 'HTTP';
    }
  }
}

/** No tag, or `latest`: pulled every time. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

const defaultMode = 0o644;

function applyVolumeDefaults(volume: JsonObject): void {
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {};
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) if (isJsonObject(volume[source])) volume[source]['defaultMode'] ??= defaultMode;
  if (isJsonObject(volume['hostPath'])) volume['hostPath']['type'] ??= '';
  const projected = isJsonObject(volume['projected']) ? objects(volume['projected']['sources']) : [];
  for (const source of projected) if (isJsonObject(source['serviceAccountToken'])) source['serviceAccountToken']['expirationSeconds'] ??= 3600;
  const items = isJsonObject(volume['downwardAPI']) ? objects(volume['downwardAPI']['items']) : [];
  for (const item of [...items, ...projected.flatMap((source) => (isJsonObject(source['downwardAPI']) ? objects(source['downwardAPI']['items']) : []))]) {
    if (isJsonObject(item['fieldRef'])) item['fieldRef']['apiVersion'] ??= 'v1';
  }
}
