import type { CommitSummary } from '@prow/clients-git';
import type { FileDiff } from '../git/diff.ts';
import { latestStatuses, missingRequirement, reviewVerdict } from '../render/pulls.ts';
import type { Mergeability, Rendering } from '../render/rendering.ts';
import { atLeast, findLabel, findMilestone, isPull, permissionOf, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, IssueEventRecord, IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { ago, avatar, encodePath } from './layout.ts';
import { renderMarkdown } from './markdown.ts';

export interface IssuePage {
  rendering: Rendering;
  now: number;
  account: AccountRecord | undefined;
  repository: RepositoryRecord;
  issue: IssueRecord;
}

export function stateBadge(issue: IssueRecord): Html {
  const word = issue.pull?.isMerged === true ? 'merged' : issue.state === 'closed' ? 'closed' : issue.pull?.isDraft === true ? 'draft' : 'open';
  return html`<span class="state ${word}">${word[0]?.toUpperCase()}${word.slice(1)}</span>`;
}

export function labelBadges({ view }: Rendering, repository: RepositoryRecord, issue: IssueRecord): Html[] {
  return issue.labels.map((name) => {
    const description = findLabel(view, repository.id, name)?.description ?? '';
    return html`<span class="label" title="${description}">${name}</span>`;
  });
}

/** The head of an issue's or pull request's page. */
export function issueHead({ repository, issue }: IssuePage, current: 'conversation' | 'commits' | 'files', numbers?: { commits: number; changedFiles: number }): Html {
  const { pull } = issue;
  const root = `/${repository.owner}/${repository.name}/${pull === null ? 'issues' : 'pull'}/${issue.number}`;
  const heading = html`<h1>${issue.title} <span class="number">#${issue.number}</span></h1>`;
  if (pull === null) return html`${heading}<p>${stateBadge(issue)} <b>${issue.author}</b> opened this issue</p>`;
  const tab = (key: string, href: string, text: string, count?: number): Html => html`<a href="${href}"${key === current ? html` aria-current="page"` : ''}>${text}${count === undefined ? '' : html`<span class="count">${count}</span>`}</a>`;
  const from = pull.headRepoId === repository.id ? pull.headRef : `${pull.headOwner}:${pull.headRef}`;
  return html`${heading}<p>${stateBadge(issue)} <b>${issue.author}</b> ${pull.isMerged ? 'merged' : 'wants to merge'} ${numbers?.commits ?? ''} commit${numbers?.commits === 1 ? '' : 's'} into <code>${pull.baseRef}</code> from <code>${from}</code></p>
<nav class="tabs">${tab('conversation', root, 'Conversation')}${tab('commits', `${root}/commits`, 'Commits', numbers?.commits)}${tab('files', `${root}/files`, 'Files changed', numbers?.changedFiles)}</nav>`;
}

export function conversation(context: IssuePage): Html {
  const { account, repository, issue } = context;
  return html`<div class="columns"><div><div id="live">${timeline(context)}${isPull(issue) ? mergeBox(context, issue) : ''}</div>${account === undefined ? html`<p class="note"><a href="/login?return_to=${encodeURIComponent(`/${repository.owner}/${repository.name}/pull/${issue.number}`)}">Sign in</a> to comment.</p>` : commentForm(context)}</div><aside>${sidebar(context)}</aside></div>`;
}

function said({ now }: IssuePage, author: string, at: number, body: string, what = 'commented', anchor = ''): Html {
  return html`<div class="box" id="${anchor}"><div class="head">${avatar(author)}<b>${author}</b> <span class="dim">${what} ${ago(now, at)}</span></div><div class="body md">${body.trim() === '' ? html`<i class="dim">No description.</i>` : renderMarkdown(body)}</div></div>`;
}

function timeline(context: IssuePage): HtmlValue {
  const { rendering, repository, issue } = context;
  const { view } = rendering;
  const group = tables.ofIssue({ repoId: repository.id, number: issue.number });
  const entries: { at: number; id: number; shown: Html }[] = [
    ...view.list(tables.comments, group).map((comment) => ({ at: comment.createdAt, id: comment.id, shown: said(context, comment.author, comment.createdAt, comment.body, 'commented', `issuecomment-${comment.id}`) })),
    ...view.list(tables.issueEvents, group).filter((event) => event.event !== 'renamed' || event.rename !== undefined).map((event) => ({ at: event.createdAt, id: event.id, shown: eventLine(context, event) })),
    ...view.list(tables.reviews, group).filter((review) => review.body !== '' || review.state !== 'COMMENTED').map((review) => ({
      at: review.submittedAt,
      id: review.id,
      shown: said(context, review.author, review.submittedAt, review.body === '' ? `*${reviewWord(review.state)}*` : review.body, reviewWord(review.state), `pullrequestreview-${review.id}`),
    })),
    ...view.list(tables.reviewComments, group).map((comment) => ({ at: comment.createdAt, id: comment.id, shown: said(context, comment.author, comment.createdAt, comment.body, `commented on ${comment.path}${comment.line === null ? '' : `:${comment.line}`}`, `discussion_r${comment.id}`) })),
  ];
  return [said(context, issue.author, issue.createdAt, issue.body, 'opened this'), ...entries.toSorted((a, b) => a.at - b.at || a.id - b.id).map((entry) => entry.shown)];
}

function reviewWord(state: string): string {
  return { APPROVED: 'approved these changes', CHANGES_REQUESTED: 'requested changes', COMMENTED: 'reviewed', DISMISSED: 'reviewed (dismissed)', PENDING: 'is reviewing' }[state] ?? 'reviewed';
}

function eventLine({ now }: IssuePage, event: IssueEventRecord): Html {
  const what: HtmlValue =
    event.label !== undefined
      ? html`${event.event === 'labeled' ? 'added' : 'removed'} the <span class="label">${event.label.name}</span> label`
      : event.assignee !== undefined
        ? html`${event.event} <b>${event.assignee}</b>`
        : event.reviewer !== undefined
          ? html`${event.event === 'review_requested' ? 'requested a review from' : 'no longer asks'} <b>${event.reviewer}</b>`
          : event.rename !== undefined
            ? html`changed the title from <s>${event.rename.from}</s> to <b>${event.rename.to}</b>`
            : event.milestone !== undefined
              ? html`${event.event === 'milestoned' ? 'added this to' : 'removed this from'} the <b>${event.milestone}</b> milestone`
              : event.event === 'merged'
                ? html`merged this as <code>${event.commitSha?.slice(0, 7)}</code>`
                : event.event.replaceAll('_', ' ');
  return html`<div class="event">${avatar(event.actor)}<b>${event.actor}</b> ${what} ${ago(now, event.createdAt)}</div>`;
}

const icons: Record<string, Html> = { success: html`<span class="ok">✓</span>`, pending: html`<span class="wait">●</span>`, failure: html`<span class="bad">✗</span>`, error: html`<span class="bad">!</span>` };

function mergeBox(context: IssuePage, issue: PullRecord): Html {
  const { rendering, repository, account } = context;
  const statuses = latestStatuses(rendering, repository.id, issue.pull.headSha);
  const runs = rendering.view.list(tables.checkRuns, tables.ofCommit({ repoId: repository.id, sha: issue.pull.headSha }));
  const link = (url: string | null): Html => (url !== null && /^https?:\/\//i.test(url) ? html`<a href="${url}" rel="noopener noreferrer">Details</a>` : html``);
  const rows = [
    ...statuses.map((status) => html`<div class="row">${icons[status.state]}<span class="grow"><b>${status.context}</b> <span class="dim">${status.description}</span></span>${link(status.targetUrl)}</div>`),
    ...runs.map((run) => html`<div class="row">${run.status !== 'completed' ? icons['pending'] : ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? icons['success'] : icons['failure']}<span class="grow"><b>${run.name}</b> <span class="dim">${run.title}</span></span>${link(run.detailsUrl)}</div>`),
  ];
  const checks = rows.length === 0 ? html`<div class="row dim">No checks have reported on ${issue.pull.headSha.slice(0, 7)}.</div>` : rows;
  const isOpen = issue.state === 'open';
  const mayMerge = account !== undefined && atLeast(permissionOf(rendering.view, repository, account.login), 'write');
  return html`<div class="box"><div class="head"><b>Checks</b> <span class="dim">on <code>${issue.pull.headSha.slice(0, 7)}</code></span></div>${checks}${isOpen ? html`<div class="row">${verdict(context, issue, rendering.mergeabilityOf(issue))}</div>` : ''}</div>${isOpen && mayMerge ? mergeForm(context, issue) : ''}`;
}

function verdict({ rendering, repository }: IssuePage, issue: PullRecord, mergeability: Mergeability | undefined): Html {
  if (mergeability === undefined) return html`${icons['pending']}<span>Looking whether this can be merged…</span>`;
  if (!mergeability.mergeable) return html`${icons['failure']}<span>This branch has conflicts with <code>${issue.pull.baseRef}</code>.</span>`;
  const missing = missingRequirement(rendering, repository, issue);
  if (missing !== undefined) return html`${icons['failure']}<span>${missing}</span>`;
  return html`${icons['success']}<span>This branch has no conflicts with <code>${issue.pull.baseRef}</code>.</span>`;
}

function mergeForm({ rendering, repository }: IssuePage, issue: PullRecord): Html {
  const allowed = [
    ...(repository.allowMerge ? [['merge', 'Create a merge commit']] : []),
    ...(repository.allowSquash ? [['squash', 'Squash and merge']] : []),
    ...(repository.allowRebase ? [['rebase', 'Rebase and merge']] : []),
  ];
  const isReady = rendering.mergeabilityOf(issue)?.mergeable === true && !issue.pull.isDraft;
  return html`<form class="actions" method="post" action="/${repository.owner}/${repository.name}/pull/${issue.number}/merge"><input type="hidden" name="sha" value="${issue.pull.headSha}"><select name="method">${allowed.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select><button class="primary"${isReady ? '' : html` disabled`}>Merge</button></form>`;
}

function commentForm({ rendering, repository, issue, account }: IssuePage): Html {
  const root = `/${repository.owner}/${repository.name}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`;
  const isAuthor = account?.login.toLowerCase() === issue.author.toLowerCase();
  const mayClose = isAuthor || (account !== undefined && atLeast(permissionOf(rendering.view, repository, account.login), 'triage'));
  const button = (act: string, text: string, kind = ''): Html => html`<button name="act" value="${act}" class="${kind}">${text}</button>`;
  return html`<form class="box" method="post" action="${root}/comment"><div class="head"><b>Add a comment</b></div><div class="body"><textarea name="body" placeholder="Leave a comment: /test all, /retest, /lgtm, /approve …"></textarea>
<div class="actions">${issue.pull !== null && issue.state === 'open' && !isAuthor ? [button('approve', 'Approve'), button('request_changes', 'Request changes')] : ''}${issue.pull?.isDraft === true && isAuthor ? button('ready', 'Ready for review') : ''}${mayClose && issue.pull?.isMerged !== true ? button(issue.state === 'open' ? 'close' : 'reopen', issue.state === 'open' ? 'Close' : 'Reopen') : ''}${button('comment', 'Comment', 'primary')}</div></div></form>`;
}

function sidebar({ rendering, repository, issue }: IssuePage): Html {
  const none = html`<span class="dim">None yet</span>`;
  const people = (logins: readonly string[]): HtmlValue => (logins.length === 0 ? none : logins.map((login) => html`<div>${avatar(login)}${login}</div>`));
  const verdicts = isPull(issue) ? reviewVerdict(rendering, issue) : undefined;
  const teams = (issue.pull?.teamReviewers ?? []).map((id) => rendering.view.get(tables.teams, tables.padded(id))?.name ?? '');
  return html`${issue.pull === null ? '' : html`<section><h3>Reviewers</h3>${people([...issue.pull.reviewers, ...teams])}${verdicts !== undefined && verdicts.approvals > 0 ? html`<div class="ok">✓ ${verdicts.approvals} approved</div>` : ''}${verdicts !== undefined && verdicts.changesRequested > 0 ? html`<div class="bad">✗ ${verdicts.changesRequested} want changes</div>` : ''}</section>`}
<section><h3>Assignees</h3>${people(issue.assignees)}</section><section><h3>Labels</h3>${issue.labels.length === 0 ? none : labelBadges(rendering, repository, issue)}</section><section><h3>Milestone</h3>${findMilestone(rendering.view, repository.id, issue.milestone)?.title ?? none}</section>`;
}

export function commitList(repository: RepositoryRecord, commits: readonly CommitSummary[], now: number): Html {
  return html`<div class="box">${commits.length === 0 ? html`<div class="row dim">No commits.</div>` : commits.map((commit) => html`<div class="row"><span class="grow"><a href="/${repository.owner}/${repository.name}/commit/${commit.sha}"><b>${commit.message.split('\n')[0]}</b></a><br><span class="dim small">${commit.authorName} committed ${ago(now, commit.committedAt)}</span></span><code>${commit.sha.slice(0, 7)}</code></div>`)}</div>`;
}

const maxShownFiles = 300;

export function fileDiffs(repository: RepositoryRecord, sha: string, files: readonly FileDiff[]): Html {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return html`<p>${files.length} changed file${files.length === 1 ? '' : 's'}, <span class="ok">+${additions}</span> <span class="bad">−${deletions}</span>${files.length > maxShownFiles ? ` (the first ${maxShownFiles} are shown)` : ''}</p>${files.slice(0, maxShownFiles).map((file) => html`<div class="box"><div class="head"><a href="/${repository.owner}/${repository.name}/blob/${sha}/${encodePath(file.path)}"><b>${file.previousPath === undefined ? file.path : `${file.previousPath} → ${file.path}`}</b></a> <span class="ok">+${file.additions}</span> <span class="bad">−${file.deletions}</span> <span class="dim">${file.status}</span></div>${file.patch === undefined ? html`<div class="body dim">Nothing to show: binary, empty or too long.</div>` : diffTable(file.patch)}</div>`)}`;
}

function diffTable(patch: string): Html {
  let old = 0;
  let fresh = 0;
  const rows = patch.split('\n').map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk !== null) {
      old = Number(hunk[1]);
      fresh = Number(hunk[2]);
      return html`<tr class="hunk"><td class="no"></td><td class="no"></td><td>${line}</td></tr>`;
    }
    const kind = line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : '';
    const isNote = line.startsWith('\\');
    const left = kind === 'add' || isNote ? '' : String(old++);
    const right = kind === 'del' || isNote ? '' : String(fresh++);
    return html`<tr class="${kind}"><td class="no">${left}</td><td class="no">${right}</td><td>${line}</td></tr>`;
  });
  return html`<table class="diff">${rows}</table>`;
}
