// The one comment that says how far the approval is. Its first line, its links' titles and its last line are read by
// other tools and are upstream's. upstream: pkg/plugins/approve/approvers GetMessage
import type { Approvals } from './read-approvals.ts';
import type { Coverage, OwnersGroup } from './coverage.ts';

export interface NotificationInput {
  readonly coverage: Coverage;
  readonly approvals: Approvals;
  readonly isApproved: boolean;
  readonly suggested: readonly string[];
  readonly issue: { readonly isRequired: boolean; readonly number: number | undefined; readonly isWaived: boolean };
  readonly repository: { readonly org: string; readonly repo: string; readonly htmlUrl: string; readonly baseRef: string };
  readonly ownersFile: string;
  readonly commandHelpLink: string;
  readonly processLink: string;
}

const marker = '[APPROVALNOTIFIER]';
const maxListedFiles = 300;

export function isNotification(body: string): boolean {
  return body.startsWith(`${marker} This PR is **`);
}

export function notification(input: NotificationInput): string {
  const { isApproved, suggested } = input;
  const parts = [`${marker} This PR is **${isApproved ? 'APPROVED' : 'NOT APPROVED'}**`, ''];
  parts.push(approvedBy(input.approvals));
  if (!isApproved && suggested.length > 0) {
    const people = suggested.map((login) => `[${login}](https://github.com/${login})`).join(', ');
    parts.push('', `Once it also has the label \`lgtm\`, what is missing can come from: ${people}.`);
  } else if (!isApproved) parts.push('', 'The label `lgtm` alone does not let it merge.');
  if (input.issue.isRequired || input.issue.number !== undefined) parts.push('', issueLine(input.issue));
  parts.push('', `All commands of this bot are listed [here](${input.commandHelpLink}?repo=${encodeURIComponent(`${input.repository.org}/${input.repository.repo}`)}).`);
  if (input.processLink !== '') parts.push('', `How approval works is told [here](${input.processLink}).`);
  parts.push('', `<details${isApproved ? '' : ' open'}>`, '', ...fileLines(input), '');
  parts.push('Approvers say so with `/approve` in a comment, and take it back with `/approve cancel`.', '</details>');
  parts.push(`<!-- META={"approvers":[${isApproved ? '' : suggested.map((login) => JSON.stringify(login)).join(',')}]} -->`);
  return parts.join('\n');
}

function approvedBy(approvals: Approvals): string {
  const all = [...approvals.values()].sort((a, b) => (a.login.toLowerCase() < b.login.toLowerCase() ? -1 : 1));
  if (all.length === 0) return 'This pull request has not been approved by anybody.';
  const list = all.map(({ login, how, url }) => `*<a href="${escapeHtml(url)}" title="${how}">${escapeHtml(login)}</a>*`).join(', ');
  return `This pull request has been approved by: ${list}`;
}

function issueLine({ number, isWaived, isRequired }: NotificationInput['issue']): string {
  if (number !== undefined) return `Associated issue: #${number}`;
  if (isWaived) return 'No issue is named; an approver said that none is needed.';
  return isRequired ? 'No issue is named. Name one in the description, or let an approver say `/approve no-issue`.' : '';
}

function fileLines({ coverage, approvals, repository, ownersFile }: NotificationInput): string[] {
  const approvers = new Set(approvals.keys());
  const line = (group: OwnersGroup): string => {
    const path = group.folder.endsWith('.md') ? group.folder : [group.folder, ownersFile].filter((part) => part !== '').join('/');
    const link = `[${path}](${repository.htmlUrl}/blob/${encodeURI(repository.baseRef)}/${encodeURI(path)})`;
    if (!coverage.isGroupCovered(group, approvers)) return `- **${link}**`;
    const by = coverage.approversIn(group, approvers).map((login) => approvals.get(login)?.login ?? login);
    return `- ~~${link}~~ [${by.join(',')}]`;
  };
  const lines = coverage.groups.slice(0, maxListedFiles).map(line);
  const more = coverage.groups.length - lines.length;
  return ['OWNERS whose approvers have to agree:', '', ...lines, ...(more > 0 ? [`- and ${more} more`] : [])];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
