export type {
  CensoringOptions, DecorationConfig, DurationText, GcsConfiguration, ProwJob, ProwJobAgent, ProwJobDefault,
  ProwJobSpec, ProwJobState, ProwJobStatus, ProwJobType, Pull, Refs, ReporterConfig, RerunAuthConfig,
  SlackReporterConfig, UtilityImages,
} from './types.ts';
export { defaultTenantId } from './types.ts';
export type { Brancher, JobBase, Periodic, Postsubmit, Presubmit, RegexpChangeMatcher, Reporter, Requiring } from './jobs.ts';
export { isContextRequired, isRequiredForMerge, needsExplicitTrigger, runsConditionally } from './jobs.ts';
export { clusterAlias, isComplete, isFinalState, orgRepoString, refsString } from './refs.ts';
export {
  batchSpec, labelsAndAnnotations, newProwJob, periodicSpec, postsubmitSpec, presubmitLabels, presubmitSpec,
} from './make-prowjob.ts';
export type { NewProwJobOptions } from './make-prowjob.ts';
export { prowJobCrd, prowJobResource } from './crd.ts';
export {
  baseRefLabel, buildIdLabel, contextAnnotation, contextLabel, createdByProwLabel, createdByTideLabel, eventGuidLabel,
  gerritIdAnnotation, gerritInstanceAnnotation, gerritPatchsetLabel, gerritReportLabel, gerritRevisionLabel, idLabel,
  isOptionalLabel, isQualifiedName, isValidLabelValue, jobAnnotation, jobLabel, maxLabelValueBytes, orgLabel,
  plankVersionLabel, pullLabel, repoLabel, requiresAnnotation, rerunLabel, retestLabel, sanitizeLabels, truncateLabelValue, typeLabel,
} from './labels.ts';
export { prowJobForTemplate, refsForTemplate } from './go-type.ts';
export { causeOf, jobTraceparent, traceparentAnnotation, withTraceparent } from './trace-context.ts';
