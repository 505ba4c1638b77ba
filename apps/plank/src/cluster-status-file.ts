// `plank.build_cluster_status_file`: which build clusters can be reached, for deck and for people.
import { messageOf } from '@prow/base-errors';
import { openStorage } from '@prow/clients-storage';
import type { Timer } from '@prow/base-time';
import type { Parts } from './parts.ts';

const intervalMs = 60_000;

/** Writes `{alias: "Reachable" | "No-Manager"}` once a minute, as upstream does. @returns what ends it */
export function writeClusterStatus({ settings, config, clusters, clock, log }: Parts, mayWrite: () => boolean): () => void {
  const { gcsCredentialsFile, s3CredentialsFile } = settings;
  let timer: Timer | undefined;
  let isStopped = false;
  const write = async (): Promise<void> => {
    const target = config.current().config.plank.build_cluster_status_file ?? '';
    if (target === '' || !mayWrite()) return;
    const slash = target.lastIndexOf('/');
    const storage = await openStorage({
      bucket: target.slice(0, slash),
      ...(gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile }),
      ...(s3CredentialsFile === undefined ? {} : { s3CredentialsFile }),
    });
    const states = Object.fromEntries(clusters.list().map((cluster) => [cluster.alias, cluster.view().kind === 'ready' ? 'Reachable' : 'No-Manager']));
    await storage.write(target.slice(slash + 1), JSON.stringify(states), { contentType: 'application/json' });
  };
  const schedule = (delayMs: number): void => {
    timer = clock.after(delayMs, () => {
      write()
        .catch((error: unknown) => log.warn('state of the build clusters could not be written', { cause: messageOf(error) }))
        .finally(() => {
          if (!isStopped) schedule(intervalMs);
        });
    });
  };
  schedule(0);
  return () => {
    isStopped = true;
    timer?.cancel();
  };
}
