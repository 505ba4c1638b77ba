// What changed between two snapshots, job by job.
import type { JobBase } from '@prow/model-prowjob';
import type { ConfigDifference, ConfigSnapshot, JobKey } from './api.ts';

export function differenceOf(previous: ConfigSnapshot, next: ConfigSnapshot): ConfigDifference {
  const before = jobsOf(previous);
  const after = jobsOf(next);
  const added: JobKey[] = [];
  const changed: JobKey[] = [];
  for (const [id, { key, jobs }] of after) {
    const old = before.get(id);
    if (old === undefined) added.push(key);
    else if (!sameJobs(old.jobs, jobs)) changed.push(key);
  }
  const removed = [...before].filter(([id]) => !after.has(id)).map(([, { key }]) => key);
  return {
    previous, added, removed, changed,
    componentsChanged: !sameValue(componentsOf(previous), componentsOf(next)),
    pluginsChanged: previous.plugins !== next.plugins && !sameValue(previous.plugins, next.plugins),
  };
}

interface Entry {
  readonly key: JobKey;
  /** One name may stand for several jobs, on different branches. */
  readonly jobs: JobBase[];
}

function jobsOf(snapshot: ConfigSnapshot): Map<string, Entry> {
  const found = new Map<string, Entry>();
  const add = (key: JobKey, job: JobBase): void => {
    const id = `${key.kind} ${key.repo ?? ''} ${key.name}`;
    const entry = found.get(id);
    if (entry === undefined) found.set(id, { key, jobs: [job] });
    else entry.jobs.push(job);
  };
  for (const [repo, jobs] of Object.entries(snapshot.config.presubmits)) for (const job of jobs) add({ kind: 'presubmit', repo, name: job.name }, job);
  for (const [repo, jobs] of Object.entries(snapshot.config.postsubmits)) for (const job of jobs) add({ kind: 'postsubmit', repo, name: job.name }, job);
  for (const job of snapshot.config.periodics) add({ kind: 'periodic', name: job.name }, job);
  return found;
}

// Jobs of unchanged files keep their identity, so few are compared in full.
function sameJobs(one: readonly JobBase[], other: readonly JobBase[]): boolean {
  return one.length === other.length && one.every((job, index) => job === other[index] || sameValue(job, other[index]));
}

function componentsOf(snapshot: ConfigSnapshot): Record<string, unknown> {
  const { presubmits: _presubmits, postsubmits: _postsubmits, periodics: _periodics, ...components } = snapshot.config;
  return components;
}

function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.hasOwn(other, key) && sameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
