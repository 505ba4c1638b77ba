// What the files of a volume are. upstream: pkg/volume/{configmap,secret,downwardapi,projected}
import { ProwError } from '@prow/base-errors';
import type {
  ConfigMap,
  DownwardApiVolumeFile,
  KeyToPath,
  Pod,
  ResourceList,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
} from '@prow/model-kube-types';
import type { ObjectReader } from '../container/environment.ts';
import { fieldValue, resourceFieldValue } from '../container/field-values.ts';
import type { VolumeFile } from './write-volume.ts';

export interface VolumeReader extends ObjectReader {
  /** A token for the pod's service account, bound to the pod. */
  serviceAccountToken(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
}

export interface VolumeContext {
  pod: Pod;
  objects: VolumeReader;
  allocatable: ResourceList;
}

type Files = Map<string, VolumeFile>;

/** A volume that cannot be set up now; tried again, for what it refers to may come. */
export class VolumeError extends ProwError {
  constructor(message: string, cause?: unknown) {
    super('PROW_NODE_VOLUME', message, { cause });
  }
}

/** Undefined for volumes that are not made of such files (emptyDir, hostPath…). Throws VolumeError. */
export async function volumeFiles(volume: Volume, context: VolumeContext): Promise<Files | undefined> {
  const files: Files = new Map();
  if (volume.configMap) {
    const { name = '', items, optional, defaultMode = 0o644 } = volume.configMap;
    await addConfigMap(files, context, { name, items, optional, mode: defaultMode });
  } else if (volume.secret) {
    const { secretName = '', items, optional, defaultMode = 0o644 } = volume.secret;
    await addSecret(files, context, { name: secretName, items, optional, mode: defaultMode });
  } else if (volume.downwardAPI) {
    addDownward(files, context, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644);
  } else if (volume.projected) {
    const mode = volume.projected.defaultMode ?? 0o644;
    for (const source of volume.projected.sources ?? []) {
      if (source.configMap) await addConfigMap(files, context, { name: source.configMap.name ?? '', items: source.configMap.items, optional: source.configMap.optional, mode });
      if (source.secret) await addSecret(files, context, { name: source.secret.name ?? '', items: source.secret.items, optional: source.secret.optional, mode });
      if (source.downwardAPI) addDownward(files, context, source.downwardAPI.items ?? [], mode);
      if (source.serviceAccountToken) {
        const token = await context.objects.serviceAccountToken(context.pod, source.serviceAccountToken);
        put(files, source.serviceAccountToken.path, Buffer.from(token), mode);
      }
    }
  } else return undefined;
  return files;
}

interface KeyedSource {
  name: string;
  items: KeyToPath[] | undefined;
  optional: boolean | undefined;
  mode: number;
}

async function addConfigMap(files: Files, { pod, objects }: VolumeContext, source: KeyedSource): Promise<void> {
  const configMap: ConfigMap | undefined = await objects.configMap(pod.metadata.namespace ?? '', source.name);
  if (configMap === undefined && source.optional !== true) throw new VolumeError(`configmap ${JSON.stringify(source.name)} not found`);
  const values = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(configMap?.data ?? {})) values.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(configMap?.binaryData ?? {})) values.set(key, Buffer.from(base64, 'base64'));
  addKeys(files, values, source, 'configmap');
}

async function addSecret(files: Files, { pod, objects }: VolumeContext, source: KeyedSource): Promise<void> {
  const secret: Secret | undefined = await objects.secret(pod.metadata.namespace ?? '', source.name);
  if (secret === undefined && source.optional !== true) throw new VolumeError(`secret ${JSON.stringify(source.name)} not found`);
  const values = new Map(Object.entries(secret?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]));
  addKeys(files, values, source, 'secret');
}

function addKeys(files: Files, values: ReadonlyMap<string, Buffer>, { name, items, optional, mode }: KeyedSource, kind: string): void {
  if (items === undefined || items === null || items.length === 0) {
    for (const [key, content] of values) put(files, key, content, mode);
    return;
  }
  for (const item of items) {
    const content = values.get(item.key);
    if (content !== undefined) put(files, item.path, content, item.mode ?? mode);
    else if (optional !== true) throw new VolumeError(`${kind} ${JSON.stringify(name)} references non-existent key: ${item.key}`);
  }
}

function addDownward(files: Files, { pod, allocatable }: VolumeContext, items: readonly DownwardApiVolumeFile[], mode: number): void {
  for (const item of items) {
    try {
      const text = item.fieldRef ? fieldValue(pod, item.fieldRef.fieldPath) : item.resourceFieldRef ? resourceFieldValue(pod, item.resourceFieldRef, undefined, allocatable) : '';
      put(files, item.path, Buffer.from(text), item.mode ?? mode);
    } catch (error) {
      throw new VolumeError((error as Error).message, error);
    }
  }
}

function put(files: Files, path: string, content: Buffer, mode: number): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..') || parts.includes('') || path.includes('\0')) {
    throw new VolumeError(`invalid path ${JSON.stringify(path)} in a volume: it must be relative and must not contain '..'`);
  }
  files.set(path, { content, mode: mode & 0o777 });
}
