// plank: ProwJob ↔ pod.
export { PlankController } from './plank-controller.ts';
export type { PlankOptions } from './plank-controller.ts';
export type { BuildCluster, BuildClusters } from './build-clusters.ts';
export { SnowflakeBuildIds, TotBuildIds } from './build-id.ts';
export type { BuildIds } from './build-id.ts';
export { JobExporter } from './job-exporter.ts';
export { PlankMetrics } from './plank-metrics.ts';
export type { PlankSection } from './settings.ts';
export type { ClusterView, PodPolicy, Situation, Step, Turn } from './step.ts';
export { decide } from './decide.ts';
export { Admission } from './admission.ts';
export type { Candidate, Limits } from './admission.ts';
export { recordJobSpans, withTraceEnvironment } from './job-spans.ts';
export { KubeBuildClusters } from './kube-build-clusters.ts';
export type { ClusterSource, KubeBuildClustersOptions } from './kube-build-clusters.ts';
export { isSlim, slimCached, slimPod, slimProwJob } from './slim.ts';
export { SchedulerController } from './scheduler.ts';
export type { SchedulerOptions, SchedulerSettings } from './scheduler.ts';
