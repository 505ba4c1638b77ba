import { compileRegex } from '@prow/base-regex';
import type { PullRequestEvent } from '@prow/model-github-events';
import type { PluginConfig } from '@prow/model-plugin-config';
import { changedPaths } from '../../changed-paths.ts';
import { labelNames, LabelSet } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

type Blockade = NonNullable<PluginConfig['blockades']>[number];
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const intro = 'This changes files that are protected';
const maxShownPaths = 50;

/** Changes to protected paths are held back until the label is taken off by hand. All blockades that match count. */
export async function handleBlockade(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  const pull = pullOf(event);
  const blockades = blockadesFor(plugins, event);
  const present = new LabelSet(event.pullRequest.labels);
  const label = labelNames.blockedPaths;
  if (blockades.length === 0 && !present.has(label)) return;
  const paths = blockades.length === 0 ? [] : await changedPaths(github, pull);
  const blocked = blockades.map((blockade) => ({ explanation: blockade.explanation ?? '', paths: paths.filter((path) => isBlocked(blockade, path)) })).filter((each) => each.paths.length > 0);
  if (blocked.length > 0 && !present.has(label)) {
    decide('protected paths change', { paths: blocked.flatMap((each) => each.paths).slice(0, maxShownPaths) });
    await github.createComment({ ...pull, body: message(event.pullRequest.author.login, blocked) });
    await github.addLabels({ ...pull, labels: [label] });
  } else if (blocked.length === 0 && present.has(label)) {
    decide('no protected path changes any more');
    await pruneComments(github, pull, ({ body }) => body.includes(intro));
    await github.removeLabel({ ...pull, label: present.spelling(label) ?? label });
  }
}

function blockadesFor({ blockades }: PluginConfig, { repository, pullRequest }: PullRequestEvent): Blockade[] {
  return (blockades ?? []).filter((blockade) => {
    const isHere = blockade.repos?.some((name) => name === repository.org || name === repository.fullName) ?? false;
    return isHere && (!blockade.branchregexp || compileRegex(blockade.branchregexp).test(pullRequest.base.ref));
  });
}

function isBlocked({ blockregexps, exceptionregexps }: Blockade, path: string): boolean {
  const matches = (patterns: readonly string[] | undefined): boolean => (patterns ?? []).some((pattern) => compileRegex(pattern).test(path));
  return matches(blockregexps) && !matches(exceptionregexps);
}

function message(author: string, blocked: readonly { explanation: string; paths: readonly string[] }[]): string {
  const parts = blocked.map(({ explanation, paths }) => `**${explanation || 'No reason is given.'}**\n${paths.slice(0, maxShownPaths).map((path) => `- ${path}`).join('\n')}`);
  return `@${author}: ${intro}, so it has got the label \`${labelNames.blockedPaths}\`. Why:\n\n${parts.join('\n\n')}`;
}
