// One configuration from its files: merge, default, check. What did not change since the last time is not done again.
import { decode } from '@prow/base-schema';
import type { Preset } from './shapes/job.ts';
import type { TypeOf } from '@prow/base-schema';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import { Findings, fromShapeFinding } from './finding.ts';
import type { Finding, Source } from './finding.ts';
import { checkPeriodics, checkPostsubmits, checkPresubmits } from './jobs/check-jobs.ts';
import { JobDefaulter } from './jobs/default-jobs.ts';
import { checkComponents, configFileShape, defaultComponents } from './prow-config.ts';
import type { ComponentsConfig, ConfigFile, ProwConfig } from './prow-config.ts';
import { compareBytes } from './sections/branch-protection.ts';
import { jobFile } from './shapes/job.ts';
import { mergeSupplemental } from './supplemental.ts';

export type JobFile = TypeOf<typeof jobFile>;

/** A file, decoded: its value keeps its identity as long as its text does. */
export interface DecodedFile<T> {
  readonly file: string;
  readonly value: T;
}

export interface ConfigFiles {
  readonly main: DecodedFile<ConfigFile>;
  readonly supplementals: readonly DecodedFile<ConfigFile>[];
  /** In the order they were walked; undefined where no job configuration is given at all. */
  readonly jobs: readonly DecodedFile<JobFile>[] | undefined;
  /** Content of the file VERSION beside config.yaml. */
  readonly versionSha?: string;
}

export interface AssembledConfig {
  /** Also there with errors: what could be made of it. Only without errors may it be used. */
  readonly config: ProwConfig;
  readonly findings: readonly Finding[];
}

/** Reads a parsed YAML value as config.yaml or as a supplemental file. */
export function decodeConfigFile(value: unknown, file: string): { value: ConfigFile; findings: Finding[] } {
  const result = decode(configFileShape, value ?? {});
  return { value: (result.value ?? {}) as ConfigFile, findings: result.findings.map((finding) => fromShapeFinding(finding, file)) };
}

/** Reads a parsed YAML value as a file of the jobs tree. */
export function decodeJobFile(value: unknown, file: string): { value: JobFile; findings: Finding[] } {
  const result = decode(jobFile, value ?? {});
  return { value: (result.value ?? {}) as JobFile, findings: result.findings.map((finding) => fromShapeFinding(finding, file)) };
}

interface DefaultedFile {
  readonly presubmits: readonly (readonly [string, readonly Presubmit[]])[];
  readonly postsubmits: readonly (readonly [string, readonly Postsubmit[]])[];
  readonly periodics: readonly Periodic[];
  readonly findings: readonly Finding[];
}

interface Checked {
  readonly jobs: readonly object[];
  readonly findings: readonly Finding[];
}

/** What all jobs depend on; as long as it is the same, defaulted jobs stay as they are. */
interface Common {
  readonly inputs: readonly unknown[];
  readonly components: ComponentsConfig;
  readonly findings: readonly Finding[];
  readonly presets: readonly Preset[];
  readonly defaulter: JobDefaulter;
  readonly defaulted: WeakMap<object, DefaultedFile>;
  readonly checked: Map<string, Checked>;
}

export class ConfigAssembler {
  private common: Common | undefined;
  private readonly nowMs: () => number;

  /** `nowMs`: unix milliseconds, to tell times that lie in the future. */
  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** `isChecked`: these very files are known to have no errors, and are not checked again. */
  assemble(files: ConfigFiles, options: { isChecked?: boolean } = {}): AssembledConfig {
    const common = this.commonOf(files);
    const findings = new Findings();
    for (const finding of common.findings) findings.add(finding);
    const jobs: Jobs = { presubmits: new Map(), postsubmits: new Map(), periodics: [] };
    for (const file of [files.main, ...(files.jobs ?? [])]) {
      const defaulted = this.defaultedOf(file, common);
      for (const finding of defaulted.findings) findings.add(finding);
      for (const [repo, list] of defaulted.presubmits) append(jobs.presubmits, repo, list);
      for (const [repo, list] of defaulted.postsubmits) append(jobs.postsubmits, repo, list);
      jobs.periodics.push(...defaulted.periodics);
    }
    if (options.isChecked !== true) this.check(jobs, common, findings);
    const config: ProwConfig = {
      ...common.components,
      ...(files.versionSha === undefined ? {} : { config_version_sha: files.versionSha }),
      ...(files.main.value.decorate_all_jobs === true ? { decorate_all_jobs: true } : {}),
      presets: [...common.presets],
      presubmits: sortedRecord(jobs.presubmits),
      postsubmits: sortedRecord(jobs.postsubmits),
      periodics: jobs.periodics,
    };
    return { config, findings: findings.items };
  }

  private commonOf(files: ConfigFiles): Common {
    const presets = [files.main, ...(files.jobs ?? [])].flatMap(({ value }) => value.presets ?? []);
    const inputs = [files.main.value, ...files.supplementals.map(({ value }) => value), null, ...presets];
    if (this.common !== undefined && sameItems(this.common.inputs, inputs)) return this.common;
    const findings = new Findings();
    const where: Source = { file: files.main.file, path: [] };
    const merged = mergeSupplemental(files.main.value, files.supplementals, findings);
    checkComponents(merged, findings, where, this.nowMs());
    if (files.jobs !== undefined) checkPresets([files.main, ...files.jobs], findings);
    const { presets: _presets, presubmits: _presubmits, postsubmits: _postsubmits, periodics: _periodics, decorate_all_jobs: _all, prow_ignored: _ignored, ...components } = merged;
    const defaulted = defaultComponents(components);
    const defaulter = new JobDefaulter({ components: defaulted, presets, decorateAllJobs: files.main.value.decorate_all_jobs === true });
    this.common = { inputs, components: defaulted, findings: findings.items, presets, defaulter, defaulted: new WeakMap(), checked: new Map() };
    return this.common;
  }

  private defaultedOf(file: DecodedFile<JobFile>, common: Common): DefaultedFile {
    const known = common.defaulted.get(file.value);
    if (known !== undefined) return known;
    const findings = new Findings();
    const { defaulter } = common;
    const at = (...path: readonly (string | number)[]): Source => ({ file: file.file, path });
    const made: DefaultedFile = {
      presubmits: Object.entries(file.value.presubmits ?? {}).map(([repo, list]) => [repo, list.map((job, index) => defaulter.presubmit(job, repo, at('presubmits', repo, index), findings))] as const),
      postsubmits: Object.entries(file.value.postsubmits ?? {}).map(([repo, list]) => [repo, list.map((job, index) => defaulter.postsubmit(job, repo, at('postsubmits', repo, index), findings))] as const),
      periodics: (file.value.periodics ?? []).map((job, index) => defaulter.periodic(job, at('periodics', index), findings)),
      findings: findings.items,
    };
    common.defaulted.set(file.value, made);
    return made;
  }

  private check(jobs: Jobs, common: Common, findings: Findings): void {
    const { components, checked } = common;
    const run = (key: string, list: readonly object[], checkList: (into: Findings) => void): void => {
      let known = checked.get(key);
      if (known === undefined || !sameItems(known.jobs, list)) {
        const own = new Findings();
        checkList(own);
        known = { jobs: list, findings: own.items };
        checked.set(key, known);
      }
      for (const finding of known.findings) findings.add(finding);
    };
    for (const [repo, list] of jobs.presubmits) run(`pre ${repo}`, list, (into) => checkPresubmits(list, components, into));
    for (const [repo, list] of jobs.postsubmits) run(`post ${repo}`, list, (into) => checkPostsubmits(list, components, into));
    run('periodics', jobs.periodics, (into) => checkPeriodics(jobs.periodics, components, into));
  }
}

interface Jobs {
  readonly presubmits: Map<string, Presubmit[]>;
  readonly postsubmits: Map<string, Postsubmit[]>;
  readonly periodics: Periodic[];
}

// One label and value stands for one preset. upstream: mergeJobConfigs
function checkPresets(files: readonly DecodedFile<JobFile>[], findings: Findings): void {
  const seen = new Map<string, string>();
  for (const { file, value } of files) {
    for (const [index, preset] of (value.presets ?? []).entries()) {
      for (const [label, labelValue] of Object.entries(preset.labels ?? {})) {
        const pair = `${label}: ${JSON.stringify(labelValue)}`;
        const first = seen.get(pair);
        if (first !== undefined) {
          findings.error('PROW_CONFIG_DUPLICATE', `a preset for ${pair} exists already in ${first}`, { file, path: ['presets', index, 'labels', label] });
        }
        seen.set(pair, file);
      }
    }
  }
}

function append<T>(map: Map<string, T[]>, key: string, items: readonly T[]): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [...items]);
  else list.push(...items);
}

function sortedRecord<T>(map: ReadonlyMap<string, T[]>): Record<string, T[]> {
  return Object.fromEntries([...map].toSorted(([a], [b]) => compareBytes(a, b)));
}

function sameItems(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
