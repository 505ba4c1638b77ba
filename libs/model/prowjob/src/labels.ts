// Names of labels and annotations on ProwJobs and their pods. upstream: pkg/kube/prowjob.go

/** `"true"` on everything Prow makes. */
export const createdByProwLabel = 'created-by-prow';
/** presubmit, postsubmit, periodic or batch. */
export const typeLabel = 'prow.k8s.io/type';
/** The job's name: cut to a label value on the label, whole on the annotation of the same name. */
export const jobLabel = 'prow.k8s.io/job';
/** The status context: cut on the label, whole on the annotation of the same name. */
export const contextLabel = 'prow.k8s.io/context';
export const jobAnnotation = jobLabel;
export const contextAnnotation = contextLabel;
export const orgLabel = 'prow.k8s.io/refs.org';
export const repoLabel = 'prow.k8s.io/refs.repo';
export const baseRefLabel = 'prow.k8s.io/refs.base_ref';
/** Number of the first pull request. */
export const pullLabel = 'prow.k8s.io/refs.pull';
/** Name of the ProwJob a pod belongs to. */
export const idLabel = 'prow.k8s.io/id';
export const buildIdLabel = 'prow.k8s.io/build-id';
export const plankVersionLabel = 'prow.k8s.io/plank-version';
export const isOptionalLabel = 'prow.k8s.io/is-optional';
export const retestLabel = 'prow.k8s.io/retest';
export const rerunLabel = 'prow.k8s.io/re-run';
/** GUID of the webhook delivery that caused the job. */
export const eventGuidLabel = 'event-GUID';
export const createdByTideLabel = 'created-by-tide';
export const gerritRevisionLabel = 'prow.k8s.io/gerrit-revision';
export const gerritPatchsetLabel = 'prow.k8s.io/gerrit-patchset';
export const gerritReportLabel = 'prow.k8s.io/gerrit-report-label';
export const gerritIdAnnotation = 'prow.k8s.io/gerrit-id';
export const gerritInstanceAnnotation = 'prow.k8s.io/gerrit-instance';

/**
 * On ProwJobs: names of jobs, with commas between, that must succeed first for the same commits. Set from a job's
 * `requires`. Not upstream's.
 */
export const requiresAnnotation = 'prow.k8s.io/requires';

/** What a label value may be at most, in bytes. */
export const maxLabelValueBytes = 63;
const labelValuePattern = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelNamePattern = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const dnsSubdomainPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Kubernetes' rule for label values; empty is valid. */
export function isValidLabelValue(value: string): boolean {
  return value.length <= maxLabelValueBytes && labelValuePattern.test(value);
}

/** Kubernetes' rule for label and annotation keys: `[prefix/]name`. */
export function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  if (parts.length > 2) return false;
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix.length > 253 || !dnsSubdomainPattern.test(prefix)) return false;
  }
  return name.length > 0 && name.length <= 63 && labelNamePattern.test(name);
}

/** Cuts a value to 63 bytes and strips what a cut may leave at its end: `.`, `_`, `-`. */
export function truncateLabelValue(value: string): string {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length <= maxLabelValueBytes) return value;
  return new TextDecoder().decode(bytes.subarray(0, maxLabelValueBytes)).replace(/[._-]+$/, '');
}

/**
 * Makes a set of labels valid: an invalid value becomes its part after the last `/` where that is valid, else the
 * label is dropped and reported through `onDropped`. upstream: pkg/pod-utils/decorate/podspec.go
 */
export function sanitizeLabels(
  labels: Readonly<Record<string, string>>,
  onDropped?: (key: string, value: string) => void,
): Record<string, string> {
  const valid: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (isValidLabelValue(value)) {
      valid[key] = value;
      continue;
    }
    const base = pathBase(value);
    if (isValidLabelValue(base)) valid[key] = base;
    else onDropped?.(key, value);
  }
  return valid;
}

// Go's path.Base: trailing slashes do not count; '' is '.', '///' is '/'.
function pathBase(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}
