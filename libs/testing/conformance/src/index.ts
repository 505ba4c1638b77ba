import type { ConformanceCase } from './cluster.ts';
import { customResourceCases } from './cases/custom-resources.ts';
import { listAndWatchCases } from './cases/lists-and-watches.ts';
import { objectCases } from './cases/objects.ts';
import { patchCases } from './cases/patches.ts';
import { podAndAccessCases } from './cases/pods-and-access.ts';

/** What every Kubernetes API must do. */
export const conformanceCases: readonly ConformanceCase[] = [...objectCases, ...patchCases, ...listAndWatchCases, ...customResourceCases, ...podAndAccessCases];
export { openCluster } from './cluster.ts';
export type { Cluster, ConformanceCase, Scope } from './cluster.ts';
