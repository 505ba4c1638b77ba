// Supplemental config files may set what has a way of merging. upstream: ProwConfig.mergeFrom
import { within } from './finding.ts';
import type { Findings, Source } from './finding.ts';
import type { ConfigFile } from './prow-config.ts';
import { mergeBranchProtection } from './sections/branch-protection.ts';
import type { DecodedFile } from './assemble.ts';

const mergeable: ReadonlySet<string> = new Set(['branch-protection', 'tide', 'slack_reporter_configs']);
const mergeableTide: ReadonlySet<string> = new Set(['merge_method', 'queries']);

export function mergeSupplemental(main: ConfigFile, supplementals: readonly DecodedFile<ConfigFile>[], findings: Findings): ConfigFile {
  let merged = main;
  for (const { file, value } of supplementals) merged = mergeOne(merged, value, findings, { file, path: [] });
  return merged;
}

function mergeOne(main: ConfigFile, additional: ConfigFile, findings: Findings, where: Source): ConfigFile {
  const notAllowed = [
    ...Object.keys(additional).filter((key) => !mergeable.has(key)).map((key) => [key]),
    ...Object.keys(additional.tide ?? {}).filter((key) => !mergeableTide.has(key)).map((key) => ['tide', key]),
  ];
  for (const path of notAllowed) {
    findings.error('PROW_CONFIG_SUPPLEMENTAL', `${path.join('.')} cannot be set here; supplemental files may set branch-protection, slack_reporter_configs, tide.merge_method and tide.queries`, within(where, ...path));
  }
  const result: ConfigFile = { ...main };
  if (additional['branch-protection'] !== undefined) {
    const { merged, conflicts } = mergeBranchProtection(main['branch-protection'] ?? {}, additional['branch-protection']);
    result['branch-protection'] = merged;
    for (const conflict of conflicts) findings.error('PROW_CONFIG_SET_TWICE', `${conflict} is set in two files`, within(where, 'branch-protection'));
  }
  if (additional.tide !== undefined) {
    const queries = [...(main.tide?.queries ?? []), ...(additional.tide.queries ?? [])];
    result.tide = {
      ...main.tide,
      ...(queries.length === 0 ? {} : { queries }),
      ...mergeMaps('merge_method', main.tide?.merge_method, additional.tide.merge_method, findings, within(where, 'tide', 'merge_method')),
    };
  }
  Object.assign(result, mergeMaps('slack_reporter_configs', main.slack_reporter_configs, additional.slack_reporter_configs, findings, within(where, 'slack_reporter_configs')));
  return result;
}

function mergeMaps<K extends string, T>(key: K, main: Record<string, T> | undefined, additional: Record<string, T> | undefined, findings: Findings, where: Source): { [P in K]?: Record<string, T> } {
  if (additional === undefined) return main === undefined ? {} : ({ [key]: main } as { [P in K]?: Record<string, T> });
  for (const name of Object.keys(additional)) {
    if (main !== undefined && Object.hasOwn(main, name)) findings.error('PROW_CONFIG_SET_TWICE', `${key} of ${name} is set in two files`, within(where, name));
  }
  return { [key]: { ...additional, ...main } } as { [P in K]?: Record<string, T> };
}
