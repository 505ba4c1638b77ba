export { run, runOrThrow } from './run.ts';
export type { RunOptions, RunResult } from './run.ts';
export { spawnTree } from './spawn-tree.ts';
export type { ProcessEnd, ProcessTree, SpawnOptions } from './spawn-tree.ts';
export { findProcess, isAlive, listProcesses, processesMarked, treeOf } from './process-tree.ts';
export type { ProcessEntry } from './process-tree.ts';
