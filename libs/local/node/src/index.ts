// A kubelet and a scheduler for one machine, over nothing but a Kubernetes API.
export { startNode } from './start-node.ts';
export { removeTree } from './container/remove-tree.ts';
export type { NodeOptions, RunningNode, RuntimeName, SharedHostPath, StopOptions } from './api.ts';
