import { parseTemplate } from '@prow/base-template';
import type { PullRequestEvent } from '@prow/model-github-events';
import { welcomeFor } from '@prow/model-plugin-config';
import { type PluginContext, pullOf } from '../../plugin.ts';
import { trustOfUser } from '../../trust.ts';
import { trustRules } from '../../trust-rules.ts';

const defaultTemplate = 'Welcome @{{.AuthorLogin}}, and thank you for your first pull request to {{.Org}}/{{.Repo}}.';

/** Greets people whose first pull request to the repository this is. */
export async function handleWelcome(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (event.action !== 'opened') return;
  const { org, repo } = event.repository;
  const { author } = event.pullRequest;
  if (author.type === 'Bot' || author.login.endsWith('[bot]')) return;
  const settings = welcomeFor(plugins, org, repo);
  if (!settings.always_post) {
    const trust = await trustOfUser(github, { org, repo, login: author.login, rules: trustRules(plugins, org, repo) });
    if (trust.isTrusted) return;
    const earlier = await github.searchIssues({ query: `is:pr repo:${org}/${repo} author:${author.login}`, org });
    if (earlier.some(({ number }) => number !== event.pullRequest.number)) return;
  }
  const name = (await github.getUser({ login: author.login }))?.name ?? '';
  decide('welcomed', { author: author.login });
  const body = parseTemplate(settings.message_template || defaultTemplate).execute({ Org: org, Repo: repo, AuthorLogin: author.login, AuthorName: name });
  await github.createComment({ ...pullOf(event), body });
}
