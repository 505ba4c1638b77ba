// Who may start tests. upstream: pkg/plugins/trigger/trigger.go TrustedUser, TrustedPullRequest
import type { GitHubClient } from '@prow/clients-github';
import { labelNames, type LabelSet } from './labels.ts';

export interface TrustRules {
  readonly onlyOrgMembers: boolean;
  /** Logins of GitHub Apps without `[bot]`. */
  readonly trustedApps: readonly string[];
  /** Another organisation whose members are trusted, too. '' is none. */
  readonly trustedOrg: string;
}

export interface Trust {
  readonly isTrusted: boolean;
  readonly reason: string;
}

type Needs = Pick<GitHubClient, 'isBot' | 'isMember' | 'isCollaborator'>;

/** Whether somebody is trusted: at most three questions to GitHub, in the order in which most are answered by the first. */
export async function trustOfUser(
  github: Needs,
  { org, repo, login, rules }: { org: string; repo: string; login: string; rules: TrustRules },
): Promise<Trust> {
  if (await github.isBot(login)) return { isTrusted: true, reason: 'the bot itself' };
  const app = login.endsWith('[bot]') ? login.slice(0, -'[bot]'.length) : undefined;
  if (app !== undefined && rules.trustedApps.includes(app)) return { isTrusted: true, reason: 'a trusted app' };
  if (await github.isMember({ org, login })) return { isTrusted: true, reason: `member of ${org}` };
  if (!rules.onlyOrgMembers && (await github.isCollaborator({ org, repo, login }))) {
    return { isTrusted: true, reason: `collaborator of ${org}/${repo}` };
  }
  if (rules.trustedOrg !== '' && rules.trustedOrg !== org && (await github.isMember({ org: rules.trustedOrg, login }))) {
    return { isTrusted: true, reason: `member of ${rules.trustedOrg}` };
  }
  return { isTrusted: false, reason: rules.onlyOrgMembers ? `not a member of ${org}` : `neither member of ${org} nor collaborator of ${org}/${repo}` };
}

/** Whether a pull request is trusted: by its label, which costs no question, or by its author. */
export async function trustOfPull(
  github: Needs,
  { labels, ...author }: { org: string; repo: string; login: string; rules: TrustRules; labels: LabelSet },
): Promise<Trust> {
  if (labels.has(labelNames.okToTest)) return { isTrusted: true, reason: `label ${labelNames.okToTest}` };
  return trustOfUser(github, author);
}
