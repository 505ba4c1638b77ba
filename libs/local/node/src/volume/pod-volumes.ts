// All volumes of one pod: made before its containers, kept true while they run, removed when it is over.
import { messageOf } from '@prow/base-errors';
import type { Pod, Volume } from '@prow/model-kube-types';
import { removeTree } from '../container/remove-tree.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { giveFilesToGroup, giveFolderToGroup } from './group-ownership.ts';
import { setUpVolume } from './volumes.ts';

/** Volumes made of objects follow them at this distance. */
const refreshMs = 60_000;
const maxRetryMs = 10_000;

export class PodVolumes {
  private readonly context: NodeContext;
  private readonly directory: string;
  private paths: Map<string, string> | undefined;
  private setUpAt = 0;
  private failures = 0;
  private retryAt = 0;
  private removed = false;

  constructor(context: NodeContext, directory: string) {
    this.context = context;
    this.directory = directory;
  }

  /** Paths by volume name when all are there. Adds to `waits` when to ask again, in ms. */
  async ensure(pod: Pod, waits: number[]): Promise<ReadonlyMap<string, string> | undefined> {
    const { clock } = this.context;
    const wanted = pod.spec.volumes ?? [];
    const changes = wanted.some(isMadeOfObjects);
    const isFresh = this.paths !== undefined && (!changes || clock.now() - this.setUpAt < refreshMs);
    if (!isFresh) {
      if (clock.now() < this.retryAt) waits.push(this.retryAt - clock.now());
      else await this.setUp(pod, wanted, waits);
    }
    if (changes && this.paths !== undefined) waits.push(refreshMs);
    return this.paths;
  }

  /** A pod that is over keeps its logs until it is deleted, but not what it worked on. */
  async remove(): Promise<void> {
    if (this.removed) return;
    this.removed = true;
    const { driver } = this.context;
    await removeTree(this.directory, driver.removeTree?.bind(driver));
  }

  /** Only containers of an engine have groups; the other runtimes have one user. */
  private async giveToGroup({ spec }: Pod, volume: Volume, path: string): Promise<void> {
    const { driver } = this.context;
    const group = spec.securityContext?.fsGroup;
    if (group === undefined || volume.hostPath || (driver.name !== 'docker' && driver.name !== 'podman')) return;
    await (isMadeOfObjects(volume) ? giveFilesToGroup(path, group) : giveFolderToGroup(path, group));
  }

  private async setUp(pod: Pod, volumes: readonly Volume[], waits: number[]): Promise<void> {
    const { clock, events, objects, allocatable } = this.context;
    const paths = new Map<string, string>();
    for (const volume of volumes) {
      try {
        const path = await setUpVolume(volume, this.directory, { pod, objects, allocatable });
        await this.giveToGroup(pod, volume, path);
        paths.set(volume.name, path);
      } catch (error) {
        events.record({ pod, type: 'Warning', reason: 'FailedMount', message: `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${messageOf(error)}` });
        this.failures += 1;
        const waitMs = Math.min(maxRetryMs, 250 * 2 ** Math.min(10, this.failures));
        this.retryAt = clock.now() + waitMs;
        waits.push(waitMs);
        return;
      }
    }
    this.paths = paths;
    this.setUpAt = clock.now();
  }
}

function isMadeOfObjects({ configMap, secret, projected, downwardAPI }: Volume): boolean {
  return [configMap, secret, projected, downwardAPI].some(Boolean);
}
