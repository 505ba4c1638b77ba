// Where pods run: the contract between plank and the clusters it is given.
import { nearestNames } from '@prow/base-errors';
import type { ResourceApi } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import type { ClusterView } from './step.ts';

/** One build cluster, by the alias that jobs call it (`spec.cluster`). */
export interface BuildCluster {
  readonly alias: string;
  /** Pods in the pod namespace. */
  readonly pods: Pick<ResourceApi<Pod>, 'create' | 'delete' | 'find' | 'patch'>;
  /** A pod labelled created-by-prow=true as last seen, also while the cluster is away. */
  cachedPod(name: string): Pod | undefined;
  /** `away` until the first list is in, and while the cluster does not answer. */
  view(): ClusterView;
  /** A call failed on the way: look whether the cluster is there. */
  suspect(error: unknown): void;
}

export interface BuildClusters {
  find(alias: string): BuildCluster | undefined;
  list(): BuildCluster[];
  /** Told of changes, with the name of the pod. */
  onPodChange(listener: (alias: string, podName: string) => void): () => void;
  /** Told when a cluster was added, removed, went away or came back. */
  onClusterChange(listener: (alias: string) => void): () => void;
}

/** What is known of the cluster that a job names. */
export function clusterView(clusters: BuildClusters, alias: string): ClusterView {
  const cluster = clusters.find(alias);
  if (cluster !== undefined) return cluster.view();
  const names = clusters.list().map((each) => each.alias);
  // None at all is a kubeconfig that cannot be used at the moment, no mistake of the job.
  if (names.length === 0) return { kind: 'away', because: `${alias}, which no kubeconfig names at the moment` };
  const near = nearestNames(alias, names);
  return { kind: 'unknown', because: `unknown cluster alias ${JSON.stringify(alias)}${near.length === 0 ? '' : `, did you mean ${near.join(' or ')}?`}; known: ${names.join(', ')}` };
}
