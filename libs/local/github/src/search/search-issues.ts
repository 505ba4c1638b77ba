import { latestStatuses, reviewVerdict } from '../render/pulls.ts';
import { combinedState } from '../render/commits.ts';
import type { Rendering } from '../render/rendering.ts';
import { atLeast, findMilestone, findRepository, isPull, membersOfTeam, permissionOf } from '../state/queries.ts';
import type { IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { parseQuery, type SearchTerm } from './parse-query.ts';

export interface FoundIssue {
  repository: RepositoryRecord;
  issue: IssueRecord;
}

export interface SearchOrder {
  sort?: 'created' | 'updated' | 'comments';
  isAscending?: boolean;
}

type Condition = (found: FoundIssue) => boolean;

/** All issues and pull requests that match and that the asker may see. */
export function searchIssues(rendering: Rendering, query: string, { login, sort, isAscending }: { login: string | undefined } & SearchOrder = { login: undefined }): FoundIssue[] {
  const { view } = rendering;
  const terms = parseQuery(query);
  const order = orderIn(terms, { ...(sort === undefined ? {} : { sort }), ...(isAscending === undefined ? {} : { isAscending }) });
  const conditions = terms.filter((term) => term.key !== 'sort').map((term) => conditionOf(rendering, term));
  const scopes = scopesIn(rendering, terms);
  const found: FoundIssue[] = [];
  for (const repository of scopes) {
    if (!atLeast(permissionOf(view, repository, login), 'read')) continue;
    for (const issue of view.list(tables.issues, String(repository.id))) {
      const each = { repository, issue };
      if (conditions.every((condition) => condition(each))) found.push(each);
    }
  }
  const keyOf = ({ repository, issue }: FoundIssue): number => {
    if (order.sort === 'updated') return issue.updatedAt;
    if (order.sort === 'comments') return view.list(tables.comments, tables.ofIssue({ repoId: repository.id, number: issue.number })).length;
    return issue.createdAt;
  };
  const sign = order.isAscending === true ? 1 : -1;
  return found.toSorted((a, b) => sign * (keyOf(a) - keyOf(b)) || sign * (a.issue.id - b.issue.id));
}

function orderIn(terms: readonly SearchTerm[], given: SearchOrder): SearchOrder {
  const text = terms.find((term) => term.key === 'sort')?.values[0];
  const match = /^(created|updated|comments)(?:-(asc|desc))?$/.exec(text ?? '');
  if (match?.[1] === undefined) return given;
  return { sort: match[1] as 'created' | 'updated' | 'comments', isAscending: match[2] === 'asc' };
}

/** `repo:`, `org:` and `user:` add up; none of them means everywhere. */
function scopesIn({ view }: Rendering, terms: readonly SearchTerm[]): RepositoryRecord[] {
  const named = terms.filter((term) => !term.isNegated && ['repo', 'org', 'user'].includes(term.key ?? ''));
  if (named.length === 0) return view.all(tables.repositories);
  const scopes = new Map<number, RepositoryRecord>();
  for (const { key, values } of named) {
    for (const value of values) {
      const [owner = '', name = ''] = value.split('/');
      const found = key === 'repo' ? [findRepository(view, owner, name)] : view.list(tables.repositories, value.toLowerCase());
      for (const repository of found) if (repository !== undefined) scopes.set(repository.id, repository);
    }
  }
  return [...scopes.values()];
}

function conditionOf(rendering: Rendering, term: SearchTerm): Condition {
  const tests = term.values.map((value) => test(rendering, term.key, value));
  const isScope = !term.isNegated && ['repo', 'org', 'user'].includes(term.key ?? '');
  if (isScope) return () => true;
  return (found) => tests.some((each) => each(found)) !== term.isNegated;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const never: Condition = () => false;

function test(rendering: Rendering, key: string | undefined, value: string): Condition {
  const { view } = rendering;
  switch (key) {
    case undefined:
      return ({ issue }) => `${issue.title}\n${issue.body}`.toLowerCase().includes(value.toLowerCase());
    case 'is':
    case 'type':
    case 'state':
      return kindTest(value);
    case 'repo':
      return ({ repository }) => same(`${repository.owner}/${repository.name}`, value);
    case 'org':
    case 'user':
      return ({ repository }) => same(repository.owner, value);
    case 'label':
      return ({ issue }) => issue.labels.some((label) => same(label, value));
    case 'author':
      return ({ issue }) => same(issue.author, value.replace(/^app\/(.*)$/, '$1[bot]'));
    case 'assignee':
      return ({ issue }) => issue.assignees.some((login) => value === '*' || same(login, value));
    case 'base':
      return ({ issue }) => issue.pull !== null && issue.pull.baseRef === value;
    case 'head':
      return ({ issue }) => issue.pull !== null && issue.pull.headRef === value;
    case 'milestone':
      return ({ repository, issue }) => {
        const title = findMilestone(view, repository.id, issue.milestone)?.title;
        return title !== undefined && same(title, value);
      };
    case 'review':
      return ({ issue }) => isPull(issue) && reviewTest(rendering, value)(issue);
    case 'draft':
      return ({ issue }) => issue.pull !== null && issue.pull.isDraft === (value === 'true');
    case 'archived':
      return ({ repository }) => repository.isArchived === (value === 'true');
    case 'updated':
      return ({ issue }) => inRange(issue.updatedAt, value);
    case 'created':
      return ({ issue }) => inRange(issue.createdAt, value);
    case 'closed':
      return ({ issue }) => issue.closedAt !== null && inRange(issue.closedAt, value);
    case 'merged':
      return ({ issue }) => issue.pull?.mergedAt != null && inRange(issue.pull.mergedAt, value);
    case 'status':
      return ({ repository, issue }) => issue.pull !== null && combinedState(latestStatuses(rendering, repository.id, issue.pull.headSha)) === value;
    case 'no':
      return ({ issue }) => (value === 'label' ? issue.labels.length === 0 : value === 'assignee' ? issue.assignees.length === 0 : value === 'milestone' && issue.milestone === null);
    case 'in':
    case 'sort':
      return () => true;
    case 'review-requested':
      return ({ issue }) => issue.pull?.reviewers.some((login) => same(login, value)) === true;
    case 'team-review-requested':
      return ({ issue }) => issue.pull?.teamReviewers.some((id) => same(`${view.get(tables.teams, tables.padded(id))?.org}/${view.get(tables.teams, tables.padded(id))?.slug}`, value)) === true;
    case 'reviewed-by':
      return ({ issue }) => view.list(tables.reviews, tables.ofIssue(issue)).some((review) => same(review.author, value));
    case 'commenter':
      return ({ issue }) => view.list(tables.comments, tables.ofIssue(issue)).some((comment) => same(comment.author, value));
    case 'involves':
      return ({ issue }) => same(issue.author, value) || issue.assignees.some((login) => same(login, value)) || view.list(tables.comments, tables.ofIssue(issue)).some((comment) => same(comment.author, value));
    case 'team':
      return ({ issue }) => {
        const [org = '', slug = ''] = value.split('/');
        const team = view.list(tables.teams, org.toLowerCase()).find((each) => each.slug === slug.toLowerCase());
        return team !== undefined && membersOfTeam(view, team).has(issue.author.toLowerCase());
      };
    case 'number':
      return ({ issue }) => issue.number === Number(value);
    case 'sha':
      return ({ issue }) => issue.pull !== null && value.length >= 7 && issue.pull.headSha.startsWith(value.toLowerCase());
    default:
      return never;
  }
}

function kindTest(value: string): Condition {
  switch (value.toLowerCase()) {
    case 'pr':
    case 'pull-request':
    case 'pull_request':
      return ({ issue }) => issue.pull !== null;
    case 'issue':
      return ({ issue }) => issue.pull === null;
    case 'open':
      return ({ issue }) => issue.state === 'open';
    case 'closed':
      return ({ issue }) => issue.state === 'closed';
    case 'merged':
      return ({ issue }) => issue.pull?.isMerged === true;
    case 'unmerged':
      return ({ issue }) => issue.pull !== null && issue.state === 'closed' && !issue.pull.isMerged;
    case 'draft':
      return ({ issue }) => issue.pull?.isDraft === true;
    case 'locked':
      return ({ issue }) => issue.isLocked;
    case 'public':
      return ({ repository }) => !repository.isPrivate;
    case 'private':
      return ({ repository }) => repository.isPrivate;
    default:
      return never;
  }
}

function reviewTest(rendering: Rendering, value: string): (issue: Parameters<typeof reviewVerdict>[1]) => boolean {
  return (issue) => {
    const { approvals, changesRequested } = reviewVerdict(rendering, issue);
    if (value === 'approved') return approvals > 0 && changesRequested === 0;
    if (value === 'changes_requested') return changesRequested > 0;
    if (value === 'none') return approvals === 0 && changesRequested === 0;
    return value === 'required' && approvals === 0;
  };
}

/** `2024-01-01..2024-02-01`, `>=2024-01-01T10:00:00Z`, `<…`, `*..…`, or a day. */
function inRange(ms: number, text: string): boolean {
  const dots = text.indexOf('..');
  if (dots >= 0) return ms >= lowest(text.slice(0, dots)) && ms <= highest(text.slice(dots + 2));
  const match = /^(>=|<=|>|<)?(.*)$/.exec(text);
  const value = match?.[2] ?? '';
  if (match?.[1] === '>=') return ms >= lowest(value);
  if (match?.[1] === '>') return ms > highest(value);
  if (match?.[1] === '<=') return ms <= highest(value);
  if (match?.[1] === '<') return ms < lowest(value);
  return ms >= lowest(value) && ms <= highest(value);
}

function lowest(text: string): number {
  return text === '*' || text === '' ? Number.NEGATIVE_INFINITY : Date.parse(text);
}

/** A day lasts to its end, a second too. */
function highest(text: string): number {
  if (text === '*' || text === '') return Number.POSITIVE_INFINITY;
  return Date.parse(text) + (/^\d{4}-\d\d-\d\d$/.test(text) ? 24 * 3600_000 - 1 : 999);
}
