// Jobs after defaulting: agent, cluster, namespace, context, trigger, decoration, tenant, presets.
// upstream: defaultPresubmits, defaultPostsubmits and DefaultPeriodic in pkg/config/config.go
import type { DecorationConfig, JobBase, Periodic, Postsubmit, Presubmit, ProwJobDefault, Requiring } from '@prow/model-prowjob';
import { defaultTenantId, requiresAnnotation } from '@prow/model-prowjob';
import { defaultRerunCommandFor, defaultTriggerFor } from '@prow/model-job-selection';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import type { ComponentsConfig } from '../prow-config.ts';
import { entryMatches } from '../sections/default-entries.ts';
import { decorationEntries } from '../sections/plank.ts';
import type { Preset } from '../shapes/job.ts';
import { applyDecorationDefault, withoutEmptyLists } from './decoration.ts';
import { applyPresets, PresetIndex } from './presets.ts';

const sources = new WeakMap<JobBase, Source>();

/** The file and place a job of a loaded configuration was written at. */
export function sourceOf(job: JobBase): Source | undefined {
  return sources.get(job);
}

/** Defaults jobs of one configuration; remembers what repositories and clusters have in common. */
export class JobDefaulter {
  private readonly components: ComponentsConfig;
  private readonly presets: PresetIndex;
  private readonly decorateAllJobs: boolean;
  private readonly entries: ReturnType<typeof decorationEntries>;
  private readonly decorations = new Map<string, DecorationConfig>();
  private readonly tenants = new Map<string, ProwJobDefault>();
  private readonly merged = new Map<DecorationConfig, Map<string, DecorationConfig>>();
  private readonly shared = new Map<string, object>();

  constructor(options: { components: ComponentsConfig; presets: readonly Preset[]; decorateAllJobs: boolean }) {
    this.components = options.components;
    this.presets = new PresetIndex(options.presets);
    this.decorateAllJobs = options.decorateAllJobs;
    this.entries = decorationEntries(options.components.plank);
  }

  presubmit(job: Presubmit, repo: string, source: Source, findings: Findings): Presubmit {
    const own = (job.trigger ?? '') !== '' || (job.rerun_command ?? '') !== '';
    const result: Presubmit = Object.assign(this.base(job, repo, source, findings), annotationsOf(job));
    if ((job.context ?? '') === '') result.context = job.name;
    result.trigger = own ? (job.trigger ?? '') : defaultTriggerFor(job.name);
    result.rerun_command = own ? (job.rerun_command ?? '') : defaultRerunCommandFor(job.name);
    sources.set(result, source);
    return result;
  }

  postsubmit(job: Postsubmit, repo: string, source: Source, findings: Findings): Postsubmit {
    const result: Postsubmit = Object.assign(this.base(job, repo, source, findings), annotationsOf(job));
    if ((job.context ?? '') === '') result.context = job.name;
    sources.set(result, source);
    return result;
  }

  periodic(job: Periodic, source: Source, findings: Findings): Periodic {
    const refs = job.extra_refs?.[0];
    const result = this.base(job, refs === undefined ? '' : `${refs.org}/${refs.repo}`, source, findings);
    sources.set(result, source);
    return result;
  }

  private base<Job extends JobBase>(job: Job, repo: string, source: Source, findings: Findings): Job {
    const cluster = job.cluster ?? '';
    const result: Job = {
      ...job,
      name: job.name ?? '',
      agent: (job.agent ?? '') === '' ? 'kubernetes' : job.agent,
      namespace: (job.namespace ?? '') === '' ? this.components.pod_namespace : job.namespace,
      cluster: cluster === '' ? 'default' : cluster,
      decorate: job.decorate ?? this.decorateAllJobs,
    };
    if (result.decorate === true) {
      const base = this.decorationFor(repo, result.cluster);
      result.decoration_config = job.decoration_config === undefined ? base : this.decorated(job.decoration_config, base);
    }
    const tenant = this.tenantFor(repo, result.cluster);
    result.prowjob_defaults = job.prowjob_defaults === undefined ? tenant : this.share(withTenant({ ...tenant, ...job.prowjob_defaults }));
    if (job.spec !== undefined) {
      result.spec = applyPresets(job.spec, this.presets.additionsFor(job.labels), findings, within(source, 'spec'));
    }
    return result;
  }

  private decorationFor(repo: string, cluster: string): DecorationConfig {
    return remembered(this.decorations, `${repo} ${cluster}`, () => this.share(withoutEmptyLists(this.entries
      .filter((entry) => entryMatches(entry, repo, cluster))
      .reduce<DecorationConfig>((merged, entry) => applyDecorationDefault(entry.config, merged) ?? {}, {}))));
  }

  private tenantFor(repo: string, cluster: string): ProwJobDefault {
    return remembered(this.tenants, `${repo} ${cluster}`, () => this.share(withTenant((this.components.prowjob_default_entries ?? [])
      .filter((entry) => entryMatches(entry, repo, cluster))
      .reduce<ProwJobDefault>((merged, entry) => ({ ...merged, ...entry.config }), {}))));
  }

  private decorated(own: DecorationConfig, base: DecorationConfig): DecorationConfig {
    let byOwn = this.merged.get(base);
    if (byOwn === undefined) this.merged.set(base, byOwn = new Map());
    return remembered(byOwn, JSON.stringify(own), () => withoutEmptyLists(applyDecorationDefault(own, base) ?? {}));
  }

  // Thousands of jobs have a few dozen different decorations: one object each.
  private share<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.shared.get(key);
    if (known !== undefined) return known as T;
    this.shared.set(key, value);
    return value;
  }
}

// What a job requires goes with its ProwJobs as an annotation.
function annotationsOf(job: JobBase & Requiring): Pick<JobBase, 'annotations'> {
  if (job.requires === undefined || job.requires.length === 0) return {};
  return { annotations: { ...job.annotations, [requiresAnnotation]: job.requires.join(',') } };
}

function withTenant(value: ProwJobDefault): ProwJobDefault {
  return (value.tenant_id ?? '') === '' ? { ...value, tenant_id: defaultTenantId } : value;
}

function remembered<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
