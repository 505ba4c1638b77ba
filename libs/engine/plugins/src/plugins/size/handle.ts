import type { PullRequestEvent } from '@prow/model-github-events';
import type { PluginConfig } from '@prow/model-plugin-config';
import { LabelSet } from '../../labels.ts';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';
import { type IsGenerated, parseGeneratedFiles, parseGitAttributes, parsePathList } from './generated-files.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins'>;
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize', 'edited']);
const maxListsOfPaths = 20;

/** One label says how many lines a pull request adds and deletes, generated files not counted. */
export async function handleSize(event: PullRequestEvent, { github, decide, plugins }: Context): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  const pull = pullOf(event);
  const [files, isGenerated] = await Promise.all([github.listChangedFiles(pull), readGenerated(event, github)]);
  const lines = files.filter(({ filename }) => !isGenerated(filename)).reduce((sum, file) => sum + file.additions + file.deletions, 0);
  const label = sizeLabel(lines, plugins.size);
  const present = new LabelSet(event.pullRequest.labels);
  const others = present.withPrefix('size/').filter((name) => name.toLowerCase() !== label.toLowerCase());
  decide('size', { lines, label });
  for (const other of others) await github.removeLabel({ ...pull, label: other });
  if (!present.has(label)) await github.addLabels({ ...pull, labels: [label] });
}

/** Bounds are the smallest number of lines of each size. upstream: pkg/plugins/size/size.go */
export function sizeLabel(lines: number, bounds: PluginConfig['size']): string {
  if (lines < bounds.s) return 'size/XS';
  if (lines < bounds.m) return 'size/S';
  if (lines < bounds.l) return 'size/M';
  if (lines < bounds.xl) return 'size/L';
  return lines < bounds.xxl ? 'size/XL' : 'size/XXL';
}

async function readGenerated(event: PullRequestEvent, github: Context['github']): Promise<IsGenerated> {
  const repository = nameOf(event.repository);
  const ref = event.pullRequest.base.sha;
  const read = async (path: string): Promise<string> => (await github.getFile({ ...repository, path, ref }))?.toString('utf8') ?? '';
  const [generated, attributes] = await Promise.all([read('.generated_files'), read('.gitattributes')]);
  const rules = parseGeneratedFiles(generated);
  const lists = await Promise.all(rules.pathsFrom.slice(0, maxListsOfPaths).map(async (path) => parsePathList(await read(path))));
  const tests = [rules.isGenerated, parseGitAttributes(attributes), ...lists];
  return (path) => tests.some((test) => test(path));
}
