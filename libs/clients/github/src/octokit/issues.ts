import { GitHubError } from '../github-error.ts';
import type { Issues } from '../roles/issues.ts';
import type { Issue, IssueEvent, IssueName, Label, Milestone } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { cutBody, normalizeIssue } from './normalize.ts';

const issueRoute = '/repos/{owner}/{repo}/issues/{issue_number}';
const labelRoute = '/repos/{owner}/{repo}/labels';
/** GitHub's limit for one request. */
const maxAssignees = 10;

export function issues(ask: Asker): Issues {
  return { ...issueRole(ask), ...labelsOfIssue(ask), ...assignees(ask), ...labelsOfRepository(ask) };
}

const named = ({ org, repo, number }: IssueName): Record<string, unknown> => ({ owner: org, repo, issue_number: number });

function issueRole(ask: Asker): Pick<Issues, 'getIssue' | 'listIssues' | 'createIssue' | 'updateIssue' | 'listIssueEvents' | 'listMilestones'> {
  return {
    getIssue: async (name) => normalizeIssue(await ask.get<Issue>(`GET ${issueRoute}`, named(name))),
    listIssues: async ({ org, repo, state, labels, since }) => {
      const query = { ...(state === undefined ? {} : { state }), ...(labels === undefined ? {} : { labels: labels.join(',') }), ...(since === undefined ? {} : { since }) };
      return (await ask.list<Issue>('GET /repos/{owner}/{repo}/issues', { owner: org, repo, ...query })).map((issue) => normalizeIssue(issue));
    },
    createIssue: async ({ org, repo, ...issue }) => {
      const dryRun = { number: 0, title: issue.title, body: issue.body, state: 'open' } as Issue;
      return normalizeIssue(await ask.write('POST /repos/{owner}/{repo}/issues', { owner: org, repo, ...issue, body: cutBody(issue.body) }, { dryRun }));
    },
    updateIssue: async ({ org, repo, number, stateReason, ...change }) => {
      const body = { ...change, ...(stateReason === undefined ? {} : { state_reason: stateReason }) };
      const dryRun = { number, title: change.title ?? '', body: change.body ?? '', state: change.state ?? 'open' } as Issue;
      return normalizeIssue(await ask.write(`PATCH ${issueRoute}`, { ...named({ org, repo, number }), ...body }, { repeatable: true, dryRun }));
    },
    listIssueEvents: (name) => ask.list<IssueEvent>(`GET ${issueRoute}/events`, named(name)),
    listMilestones: ({ org, repo, state }) => ask.list<Milestone>('GET /repos/{owner}/{repo}/milestones', { owner: org, repo, ...(state === undefined ? {} : { state }) }),
  };
}

function labelsOfIssue(ask: Asker): Pick<Issues, 'listIssueLabels' | 'addLabels' | 'removeLabel' | 'replaceLabels'> {
  return {
    listIssueLabels: (name) => ask.list<Label>(`GET ${issueRoute}/labels`, named(name)),
    addLabels: async ({ labels, ...name }) => {
      if (labels.length === 0) return [];
      const dryRun = labels.map((label) => ({ name: label }));
      return ask.write<Label[]>(`POST ${issueRoute}/labels`, { ...named(name), labels }, { repeatable: true, dryRun });
    },
    removeLabel: ({ label, ...name }) => ask.remove(`DELETE ${issueRoute}/labels/{name}`, { ...named(name), name: label }),
    replaceLabels: ({ labels, ...name }) =>
      ask.write<Label[]>(`PUT ${issueRoute}/labels`, { ...named(name), labels }, { repeatable: true, dryRun: labels.map((label) => ({ name: label })) }),
  };
}

function assignees(ask: Asker): Pick<Issues, 'assign' | 'unassign'> {
  /** GitHub ignores whom it does not accept: the answer tells who is assigned. */
  const change = async (method: 'POST' | 'DELETE', name: IssueName, logins: readonly string[]): Promise<Set<string>> => {
    const dryRun = { assignees: method === 'POST' ? logins.map((login) => ({ login })) : [] } as unknown as Issue;
    const issue = await ask.write(`${method} ${issueRoute}/assignees`, { ...named(name), assignees: logins }, { repeatable: true, dryRun });
    return new Set((issue.assignees ?? []).map((user) => user.login.toLowerCase()));
  };
  const bare = (login: string): string => login.replace(/^@/, '').toLowerCase();

  return {
    assign: async ({ logins, ...name }) => {
      const refused: string[] = [];
      for (let at = 0; at < logins.length; at += maxAssignees) {
        const batch = logins.slice(at, at + maxAssignees);
        try {
          const assigned = await change('POST', name, batch);
          refused.push(...batch.filter((login) => !assigned.has(bare(login))));
        } catch (error) {
          if (!(error instanceof GitHubError) || !error.isValidation) throw error;
          refused.push(...batch);
        }
      }
      return { refused };
    },
    unassign: async ({ logins, ...name }) => {
      if (logins.length === 0) return { refused: [] };
      const assigned = await change('DELETE', name, logins);
      return { refused: logins.filter((login) => assigned.has(bare(login))) };
    },
  };
}

function labelsOfRepository(ask: Asker): Pick<Issues, 'listRepositoryLabels' | 'createLabel' | 'updateLabel' | 'deleteLabel'> {
  return {
    listRepositoryLabels: ({ org, repo }) => ask.list<Label>(`GET ${labelRoute}`, { owner: org, repo }),
    createLabel: ({ org, repo, label, color, description }) => {
      const body = { name: label, color, ...(description === undefined ? {} : { description }) };
      return ask.write<Label>(`POST ${labelRoute}`, { owner: org, repo, ...body }, { dryRun: body });
    },
    updateLabel: ({ org, repo, label, newName, color, description }) => {
      const change = { ...(newName === undefined ? {} : { new_name: newName }), ...(color === undefined ? {} : { color }), ...(description === undefined ? {} : { description }) };
      const dryRun = { name: newName ?? label };
      return ask.write<Label>(`PATCH ${labelRoute}/{name}`, { owner: org, repo, name: label, ...change }, { repeatable: true, dryRun });
    },
    deleteLabel: ({ org, repo, label }) => ask.remove(`DELETE ${labelRoute}/{name}`, { owner: org, repo, name: label }),
  };
}
