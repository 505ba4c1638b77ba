// What a request may add to a job, by an allow-list.
import { ProwError } from '@prow/base-errors';
import { isQualifiedName, isValidLabelValue, type ProwJobSpec } from '@prow/model-prowjob';
import type { TriggerRequest } from './types.ts';

/** Names, or beginnings of names with `*` at the end. Empty: nothing may be added. */
export interface AllowedAdditions {
  env: readonly string[];
  labels: readonly string[];
  annotations: readonly string[];
}

/** What Prow itself says to a job, or decides by. */
const ownEnv = new Set(['JOB_NAME', 'JOB_SPEC', 'JOB_TYPE', 'PROW_JOB_ID', 'BUILD_ID', 'BUILD_NUMBER', 'REPO_OWNER', 'REPO_NAME', 'PULL_BASE_REF', 'PULL_BASE_SHA', 'PULL_REFS', 'PULL_NUMBER', 'PULL_PULL_SHA', 'PULL_HEAD_REF', 'PULL_TITLE', 'ENTRYPOINT_OPTIONS', 'ARTIFACTS', 'GOPATH', 'CI']);

function isOwnKey(key: string): boolean {
  const slash = key.indexOf('/');
  const domain = slash === -1 ? '' : key.slice(0, slash);
  return key === 'created-by-prow' || key === 'created-by-tide' || key === 'event-GUID' || /(^|\.)(prow\.k8s\.io|kubernetes\.io|k8s\.io)$/.test(domain);
}

/** @throws ProwError PROW_MANUAL_TRIGGER_ADDITION (400 for what no list can allow, else 403), naming the field */
export function checkAdditions({ env = {}, labels = {}, annotations = {} }: TriggerRequest, allowed: AllowedAdditions): void {
  for (const key of Object.keys(env)) {
    if (ownEnv.has(key)) throw refused(`env.${key}`, "is Prow's own", 400);
    if (!isListed(key, allowed.env)) throw refused(`env.${key}`, notListed('--allowed-env', allowed.env), 403);
  }
  for (const [kind, entries] of [['labels', labels], ['annotations', annotations]] as const) {
    for (const [key, value] of Object.entries(entries)) {
      const field = `${kind}.${key}`;
      if (!isQualifiedName(key)) throw refused(field, 'is no key that Kubernetes takes', 400);
      if (isOwnKey(key)) throw refused(field, "is Prow's or Kubernetes' own", 400);
      if (kind === 'labels' && !isValidLabelValue(value)) throw refused(field, `found ${JSON.stringify(value)}, expected a label's value: up to 63 letters, digits, dots, hyphens or underscores`, 400);
      if (!isListed(key, allowed[kind])) throw refused(field, notListed(kind === 'labels' ? '--allowed-label' : '--allowed-annotation', allowed[kind]), 403);
    }
  }
}

function isListed(key: string, list: readonly string[]): boolean {
  return list.some((entry) => (entry.endsWith('*') ? key.startsWith(entry.slice(0, -1)) : entry === key));
}

function notListed(flag: string, list: readonly string[]): string {
  return `may not be added: ${flag} has ${list.length === 0 ? 'nothing' : list.join(', ')}`;
}

function refused(field: string, problem: string, httpStatus: number): ProwError {
  return new ProwError('PROW_MANUAL_TRIGGER_ADDITION', `${field}: ${problem}`, { httpStatus, details: { field } });
}

/** The variables at the end of each container's: there they win. */
export function withEnv(spec: ProwJobSpec, env: Readonly<Record<string, string>> = {}): ProwJobSpec {
  const added = Object.entries(env).map(([name, value]) => ({ name, value }));
  if (added.length === 0 || spec.pod_spec === undefined) return spec;
  const containers = spec.pod_spec.containers.map((container) => ({ ...container, env: [...(container.env ?? []).filter(({ name }) => !Object.hasOwn(env, name)), ...added] }));
  return { ...spec, pod_spec: { ...spec.pod_spec, containers } };
}
