// Periodic jobs: made when they are due, once.
export { Horologium, indexByPeriodic } from './horologium.ts';
export type { HorologiumOptions, HorologiumSettings } from './horologium.ts';
export { ConfigMapFirstSeen, firstSeenConfigMap } from './first-seen.ts';
export type { FirstSeen } from './first-seen.ts';
export { decideRun, fireTimeAnnotation, retryAnnotation } from './decide-run.ts';
export type { RunDecision, RunQuestion } from './decide-run.ts';
export { runName } from './run-name.ts';
