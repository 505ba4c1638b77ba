export { WorkQueue } from './work-queue.ts';
export type { WorkQueueOptions, WorkResult } from './work-queue.ts';
