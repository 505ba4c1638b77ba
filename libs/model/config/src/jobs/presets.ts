// Presets: what jobs with certain labels share. upstream: mergePreset in pkg/config/jobs.go
import type { Container, EnvVar, PodSpec, Toleration, Volume, VolumeMount } from '@prow/model-kube-types';
import type { Findings, Source } from '../finding.ts';
import type { Preset } from '../shapes/job.ts';

/** What the presets of a job add, all together. Shared by all jobs that have the same presets. */
export interface PresetAdditions {
  readonly env: readonly EnvVar[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly tolerations: readonly Toleration[];
}

/** Finds presets by labels; thousands of jobs have a few dozen different sets of them. */
export class PresetIndex {
  private readonly presets: readonly Preset[];
  /** Labels, as `key:value`, that some preset asks for. */
  private readonly known = new Set<string>();
  private readonly additions = new Map<string, PresetAdditions | undefined>();

  constructor(presets: readonly Preset[]) {
    this.presets = presets;
    for (const preset of presets) for (const [key, value] of Object.entries(preset.labels ?? {})) this.known.add(`${key}:${value}`);
  }

  /** Undefined where no preset applies. */
  additionsFor(labels: Readonly<Record<string, string>> | undefined): PresetAdditions | undefined {
    const own: string[] = [];
    for (const key in labels) {
      const pair = `${key}:${labels[key] ?? ''}`;
      if (this.known.has(pair)) own.push(pair);
    }
    const key = own.length > 1 ? own.toSorted().join('\n') : (own[0] ?? '');
    if (this.additions.has(key)) return this.additions.get(key);
    const made = this.combine(labels);
    this.additions.set(key, made);
    return made;
  }

  private combine(labels: Readonly<Record<string, string>> | undefined): PresetAdditions | undefined {
    const matching = this.presets.filter((preset) => Object.entries(preset.labels ?? {}).every(([key, value]) => labels?.[key] === value));
    if (matching.length === 0) return undefined;
    return {
      env: matching.flatMap((preset) => preset.env ?? []),
      volumes: matching.flatMap((preset) => preset.volumes ?? []),
      volumeMounts: matching.flatMap((preset) => preset.volumeMounts ?? []),
      tolerations: matching.flatMap((preset) => preset.tolerations ?? []),
    };
  }
}

/** The pod's spec with the presets added; a thing that is there already is an error. */
export function applyPresets(spec: PodSpec, additions: PresetAdditions | undefined, findings: Findings, where: Source): PodSpec {
  if (additions === undefined) return spec;
  const result: PodSpec = { ...spec };
  if (additions.env.length > 0 || additions.volumeMounts.length > 0) {
    result.containers = (spec.containers ?? []).map((container) => withAdditions(container, additions, findings, where));
  }
  const volumes = joined(spec.volumes, additions.volumes, nameOf, 'volume', findings, where);
  if (volumes !== undefined) result.volumes = volumes;
  const tolerations = joined(spec.tolerations, additions.tolerations, tolerationText, 'toleration', findings, where);
  if (tolerations !== undefined) result.tolerations = tolerations;
  return result;
}

function withAdditions(container: Container, additions: PresetAdditions, findings: Findings, where: Source): Container {
  const result: Container = { ...container };
  const env = joined(container.env, additions.env, nameOf, 'environment variable', findings, where);
  if (env !== undefined) result.env = env;
  const mounts = joined(container.volumeMounts, additions.volumeMounts, nameOf, 'volume mount', findings, where);
  if (mounts !== undefined) result.volumeMounts = mounts;
  return result;
}

const nameOf = (item: { name: string }): string => item.name;

function tolerationText(toleration: Toleration): string {
  return JSON.stringify(Object.entries(toleration).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Undefined where nothing is added. */
function joined<Item>(own: readonly Item[] | undefined, added: readonly Item[], identity: (item: Item) => string, what: string, findings: Findings, where: Source): Item[] | undefined {
  if (added.length === 0) return undefined;
  const list = own === undefined ? [] : [...own];
  const seen = new Set(list.map(identity));
  for (const item of added) {
    const id = identity(item);
    if (seen.has(id)) findings.error('PROW_CONFIG_PRESET', `a preset adds the ${what} ${id}, which is there already`, where);
    else list.push(item);
    seen.add(id);
  }
  return list;
}
