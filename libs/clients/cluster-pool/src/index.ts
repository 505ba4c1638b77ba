export type { CallOptions, ClusterPoolClient, LeaseHolder, LeaseRequest, PooledCluster, PoolList, QueuePlace } from './api.ts';
export { clusterPoolClient } from './cluster-pool-client.ts';
export type { ClusterPoolClientOptions } from './cluster-pool-client.ts';
export { PoolRefusal } from './pool-refusal.ts';
