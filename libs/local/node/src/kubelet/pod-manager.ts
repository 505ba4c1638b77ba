// The pods bound to this node, each with its worker; and what earlier nodes left on disk.
import type { Pod } from '@prow/model-kube-types';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { readPodRecord, type PodRecord } from '../pod/pod-folder.ts';
import { PodWorker } from '../pod/pod-worker.ts';
import { assertSafeUid } from '../volume/volumes.ts';
import type { NodeContext } from './node-context.ts';

const maxTakeUpMs = 5000;

export class PodManager {
  private readonly context: NodeContext;
  private readonly workers = new Map<string, PodWorker>();
  /** Uid by `namespace/name`: a name may be taken again by another pod. */
  private readonly uids = new Map<string, string>();
  private accepting = true;
  private isComplete = false;

  constructor(context: NodeContext) {
    this.context = context;
  }

  /** A pod bound to this node was seen. */
  update(pod: Pod): void {
    if (!this.accepting) return;
    let uid: string;
    try {
      uid = assertSafeUid(pod.metadata.uid);
    } catch (error) {
      this.context.log.error('Pod refused', { pod: pod.metadata.name, error });
      return;
    }
    const key = keyOf(pod);
    const before = this.uids.get(key);
    if (before !== undefined && before !== uid) this.workers.get(before)?.remove();
    this.uids.set(key, uid);
    const worker = this.workers.get(uid) ?? this.addWorker(pod, uid);
    worker.update(pod);
  }

  /** A pod is gone from the API. */
  remove(pod: Pod): void {
    this.workers.get(pod.metadata.uid ?? '')?.remove();
  }

  find(namespace: string, name: string): PodWorker | undefined {
    const uid = this.uids.get(`${namespace}/${name}`);
    return uid === undefined ? undefined : this.workers.get(uid);
  }

  /** As `find`, but right after the node's start waits for pods that are still to be seen or taken up, for some seconds. */
  async findTakenUp(namespace: string, name: string): Promise<PodWorker | undefined> {
    for (let waitedMs = 0; waitedMs < maxTakeUpMs; waitedMs += 20) {
      const worker = this.find(namespace, name);
      if (worker === undefined ? this.isComplete : worker.isTakenUp) return worker;
      await this.context.clock.sleep(20);
    }
    return this.find(namespace, name);
  }

  list(): PodWorker[] {
    return [...this.workers.values()];
  }

  /** Ends and removes what is on disk of pods that the API does not have (any more). */
  async removeOrphans(): Promise<void> {
    for (const name of await readdir(this.context.podsDir).catch(() => [])) {
      if (this.workers.has(name)) continue;
      const record = await readPodRecord(join(this.context.podsDir, name));
      if (record === undefined || record.uid !== name) {
        await removeTree(join(this.context.podsDir, name));
        continue;
      }
      this.addWorker(podOfRecord(record), record.uid).remove();
    }
    this.isComplete = true;
  }

  async release(): Promise<void> {
    this.accepting = false;
    await Promise.all(this.list().map((worker) => worker.release()));
  }

  async stop(graceMs: number): Promise<void> {
    this.accepting = false;
    await Promise.all(this.list().map((worker) => worker.stop(graceMs)));
  }

  private addWorker(pod: Pod, uid: string): PodWorker {
    const worker = new PodWorker({
      context: this.context,
      pod,
      uid,
      onDone: () => {
        this.workers.delete(uid);
        if (this.uids.get(keyOf(pod)) === uid) this.uids.delete(keyOf(pod));
      },
    });
    this.workers.set(uid, worker);
    return worker;
  }
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Enough of a pod to end its containers. */
function podOfRecord({ namespace, name, uid, containers }: PodRecord): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, uid }, spec: { containers: containers.map((container) => ({ name: container })) } };
}
