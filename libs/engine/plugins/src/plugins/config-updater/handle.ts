import { gzipSync } from 'node:zlib';
import { isUtf8 } from 'node:buffer';
import type { PullRequestEvent } from '@prow/model-github-events';
import { baseTip } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';
import type { ConfigMapContent } from '../../ports/config-maps.ts';
import { codeList } from '../../text.ts';
import { findTargets, type Target } from './find-targets.ts';

type Context = Pick<PluginContext, 'github' | 'git' | 'decide' | 'plugins' | 'config' | 'configMaps'>;
const versionKey = 'VERSION';

/**
 * Keeps ConfigMaps equal to files of the default branch. Which keys to look at comes from the merged pull request; what
 * goes into them comes from the branch as it is now, so that an older merge, handled late, never undoes a newer one.
 */
export async function handleMerged(event: PullRequestEvent, context: Context): Promise<void> {
  const { pullRequest, repository } = event;
  if (event.action !== 'closed' || !pullRequest.isMerged || pullRequest.base.ref !== repository.defaultBranch) return;
  const { github, decide, plugins, config, configMaps } = context;
  const name = nameOf(repository);
  const paths = await changedPaths(github, pullOf(event));
  const targetsOf = (path: string): Target[] => findTargets({ updater: plugins.config_updater, ...name, path, defaultNamespace: config.prowjob_namespace });
  const wanted = paths.map((path) => ({ path, targets: targetsOf(path) })).filter(({ targets }) => targets.length > 0);
  if (wanted.length === 0) return;

  const sha = await baseTip({ ...name, pullRequest }, context);
  const repositoryCopy = await context.git.repository(name);
  await repositoryCopy.ensureCommits([sha], { refs: [`refs/heads/${pullRequest.base.ref}`] });
  const files = await repositoryCopy.showFiles({ sha, paths: wanted.map(({ path }) => path) });
  const groups = new Map<string, { target: Target; keys: { key: string; path: string; bytes: Buffer | undefined; gzip: boolean }[] }>();
  for (const { path, targets } of wanted) {
    for (const target of targets) {
      const id = `${target.cluster}/${target.namespace}/${target.name}`;
      const group = groups.get(id) ?? { target, keys: [] };
      group.keys.push({ key: target.key, path, bytes: files.get(path), gzip: target.gzip });
      groups.set(id, group);
    }
  }
  const lines: string[] = [];
  for (const [id, { target, keys }] of groups) {
    const { changed } = await configMaps.change({ cluster: target.cluster, namespace: target.namespace, name: target.name, update: (present) => updated(present, keys, sha) });
    decide(changed ? 'ConfigMap updated' : 'ConfigMap is as it should be', { configMap: id, keys: keys.map(({ key }) => key) });
    lines.push(`- \`${target.name}\` in namespace \`${target.namespace}\` of cluster \`${target.cluster}\`: ${codeList(keys.map(({ key, bytes }) => (bytes === undefined ? `${key} (removed)` : key)))}`);
  }
  await github.createComment({ ...pullOf(event), body: `@${pullRequest.author.login}: ConfigMaps now hold the state of \`${pullRequest.base.ref}\` at ${sha}:\n\n${lines.join('\n')}` });
}

/** The content with the keys set or taken away; undefined when nothing but the version would change. */
function updated(present: ConfigMapContent, keys: readonly { key: string; bytes: Buffer | undefined; gzip: boolean }[], sha: string): ConfigMapContent | undefined {
  const data: Record<string, string> = { ...present.data };
  const binaryData: Record<string, Buffer> = { ...present.binaryData };
  for (const { key, bytes, gzip } of keys) {
    delete data[key];
    delete binaryData[key];
    if (bytes === undefined) continue;
    if (gzip) binaryData[key] = gzipSync(bytes);
    else if (isUtf8(bytes)) data[key] = bytes.toString('utf8');
    else binaryData[key] = bytes;
  }
  const isSame = sameText(data, present.data) && sameBytes(binaryData, present.binaryData);
  if (isSame && present.data[versionKey] !== undefined) return undefined;
  return { ...present, data: { ...data, [versionKey]: sha }, binaryData };
}

function sameText(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([key, value]) => other[key] === value);
}

function sameBytes(one: Readonly<Record<string, Buffer>>, other: Readonly<Record<string, Buffer>>): boolean {
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([key, value]) => other[key]?.equals(value) ?? false);
}
