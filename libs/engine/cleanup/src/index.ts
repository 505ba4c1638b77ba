// Removes ProwJobs and pods that are over.
export { Sinker } from './sinker.ts';
export type { CleanupResult, SinkerOptions, SinkerSettings } from './sinker.ts';
export { SinkerMetrics } from './sinker-metrics.ts';
export { jobOfPod } from './job-of-pod.ts';
export { podGarbage, prowJobNameOf, selectProwJobs } from './select-garbage.ts';
export type { Ages, PodReason } from './select-garbage.ts';
