import { createHash } from 'node:crypto';
import { compileRegex } from '@prow/base-regex';
import type { PluginConfig } from '@prow/model-plugin-config';

type MapSpec = PluginConfig['config_updater']['maps'][string];

/** Where one file goes. */
export interface Target {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly gzip: boolean;
}

export interface TargetQuery {
  readonly updater: PluginConfig['config_updater'];
  readonly org: string;
  readonly repo: string;
  readonly path: string;
  /** For namespaces left empty. */
  readonly defaultNamespace: string;
}

/** The ConfigMap keys a file belongs to; none when no glob matches. Of several that match, the most exact one counts. */
export function findTargets({ updater, org, repo, path, defaultNamespace }: TargetQuery): Target[] {
  const matching = Object.entries(updater.maps)
    .filter(([glob, spec]) => isForRepository(spec, `${org}/${repo}`) && globMatches(glob, path))
    .sort(([a], [b]) => exactness(b) - exactness(a) || (a < b ? -1 : 1));
  const spec = matching[0]?.[1];
  if (spec === undefined) return [];
  const key = spec.use_full_path_as_key ? path.replaceAll('/', '-') : (spec.key || path.slice(path.lastIndexOf('/') + 1));
  const name = partitionFor(spec, key);
  const gzip = spec.gzip ?? updater.gzip ?? false;
  return Object.entries(spec.clusters ?? {}).flatMap(([cluster, namespaces]) => namespaces.map((namespace) => ({ cluster, namespace: namespace || defaultNamespace, name, key, gzip })));
}

/** How much of a glob is no wildcard. */
function exactness(glob: string): number {
  return glob.replaceAll(/[*?]/g, '').length;
}

function isForRepository({ allowed_repos: allowed = [], denied_repos: denied = [] }: MapSpec, fullName: string): boolean {
  return !denied.includes(fullName) && (allowed.length === 0 || allowed.includes(fullName));
}

/** Keys are spread over ConfigMaps by their digest's first byte, as upstream does it. */
function partitionFor(spec: MapSpec, key: string): string {
  const names = spec.partitioned_names ?? [];
  if (names.length === 0) return spec.name ?? '';
  return names[(createHash('sha256').update(key).digest()[0] ?? 0) % names.length] ?? '';
}

/** `*` and `?` within a folder, `**` over folders, `{a,b}` one of several. */
export function globMatches(glob: string, path: string): boolean {
  let source = '';
  let depth = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob[index] ?? '';
    if (glob.startsWith('**/', index)) {
      source += '(?:.*/)?';
      index += 2;
    } else if (glob.startsWith('**', index)) {
      source += '.*';
      index += 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '{') [source, depth] = [`${source}(?:`, depth + 1];
    else if (char === '}' && depth > 0) [source, depth] = [`${source})`, depth - 1];
    else if (char === ',' && depth > 0) source += '|';
    else source += char.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return depth === 0 && compileRegex(`^${source}$`).test(path);
}
