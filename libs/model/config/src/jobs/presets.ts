// Presets: what jobs with certain labels share. upstream: mergePreset in pkg/config/jobs.go
import type { Container, PodSpec, Toleration } from '@prow/model-kube-types';
import type { Findings, Source } from '../finding.ts';
import type { Preset } from '../shapes/job.ts';

/** Presets by one of their labels, so that a job looks at few of them. */
export interface PresetIndex {
  readonly byLabel: ReadonlyMap<string, readonly number[]>;
  /** Those without labels: for every job. */
  readonly forAll: readonly number[];
  readonly presets: readonly Preset[];
}

export function indexPresets(presets: readonly Preset[]): PresetIndex {
  const byLabel = new Map<string, number[]>();
  const forAll: number[] = [];
  for (const [index, preset] of presets.entries()) {
    const [label] = Object.entries(preset.labels ?? {});
    if (label === undefined) forAll.push(index);
    else {
      const key = `${label[0]}:${label[1]}`;
      byLabel.set(key, [...(byLabel.get(key) ?? []), index]);
    }
  }
  return { byLabel, forAll, presets };
}

/** Those that apply to a job of these labels, in their order. */
export function presetsFor(labels: Readonly<Record<string, string>> | undefined, index: PresetIndex): Preset[] {
  const found = new Set(index.forAll);
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const candidate of index.byLabel.get(`${key}:${value}`) ?? []) found.add(candidate);
  }
  return [...found]
    .toSorted((a, b) => a - b)
    .flatMap((position) => index.presets[position] ?? [])
    .filter((preset) => Object.entries(preset.labels ?? {}).every(([key, value]) => labels?.[key] === value));
}

/** The pod's spec with the presets added; a thing that is there already is an error. */
export function applyPresets(spec: PodSpec, presets: readonly Preset[], findings: Findings, where: Source): PodSpec {
  if (presets.length === 0) return spec;
  const result: PodSpec = { ...spec, containers: (spec.containers ?? []).map((container) => ({ ...container })) };
  for (const preset of presets) {
    for (const container of result.containers) {
      add(container, 'env', preset.env, (variable) => variable.name, 'environment variable', findings, where);
      add(container, 'volumeMounts', preset.volumeMounts, (mount) => mount.name, 'volume mount', findings, where);
    }
    add(result, 'volumes', preset.volumes, (volume) => volume.name, 'volume', findings, where);
    add(result, 'tolerations', preset.tolerations, tolerationText, 'toleration', findings, where);
  }
  return result;
}

function tolerationText(toleration: Toleration): string {
  return JSON.stringify(Object.entries(toleration).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function add<Key extends string, Item>(
  target: { [K in Key]?: Item[] } | Container | PodSpec,
  key: Key,
  items: readonly Item[] | undefined,
  identity: (item: Item) => string,
  what: string,
  findings: Findings,
  where: Source,
): void {
  if (items === undefined || items.length === 0) return;
  const holder = target as { [K in Key]?: Item[] };
  const list = [...(holder[key] ?? [])];
  for (const item of items) {
    if (list.some((present) => identity(present) === identity(item))) {
      findings.error('PROW_CONFIG_PRESET', `a preset adds the ${what} ${identity(item)}, which is there already`, where);
      return;
    }
    list.push(item);
  }
  holder[key] = list;
}
