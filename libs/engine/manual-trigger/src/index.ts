export { findJob } from './find-job.ts';
export type { FoundJob, JobsOfRepository } from './find-job.ts';
export { ManualTrigger, userKey } from './manual-trigger.ts';
export type { ManualTriggerOptions } from './manual-trigger.ts';
export { parseRequest, requestSchema } from './parse-request.ts';
export type { Triggered, TriggerRequest } from './types.ts';
