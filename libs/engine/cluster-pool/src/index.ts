export { applyMove } from './apply-move.ts';
export { ClusterPool } from './cluster-pool.ts';
export type { ClusterPoolOptions } from './cluster-pool.ts';
export { formatPool, parsePool } from './pool-document.ts';
export { PoolWriter } from './pool-writer.ts';
export type { PoolWriterOptions } from './pool-writer.ts';
export type { Cluster, ClusterState, Hold, Lease, Move, PoolState, Wanted } from './types.ts';
