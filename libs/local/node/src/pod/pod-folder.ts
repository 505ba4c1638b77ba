// What the node keeps about a pod on disk, beside its containers and volumes: enough to adopt it, or to clean up.
import type { Pod } from '@prow/model-kube-types';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../container/attempt.ts';
import type { Ending } from './pod-status.ts';

export interface PodRecord {
  namespace: string;
  name: string;
  uid: string;
  /** When the node first saw it, Unix ms. */
  startTime: number;
  /** Container names, init containers first: what to look for when the pod is gone from the API. */
  containers: string[];
  /** Decided before anything was ended for it, so that a node killed in between does not judge otherwise. */
  ending?: Ending;
}

export async function readPodRecord(directory: string): Promise<PodRecord | undefined> {
  const text = await readFile(join(directory, 'pod.json'), 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as PodRecord);
  } catch {
    return undefined;
  }
}

export async function writePodRecord(directory: string, record: PodRecord): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeWhole(join(directory, 'pod.json'), JSON.stringify(record));
}

export function newPodRecord(pod: Pod, uid: string, startTime: number): PodRecord {
  return {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name ?? '',
    uid,
    startTime,
    containers: [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name),
  };
}
