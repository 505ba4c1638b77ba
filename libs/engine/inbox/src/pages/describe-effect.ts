// What a plugin changed, as a sentence with a link.
import type { DeliveryRecord, EffectRecord } from '../types.ts';
import type { PageSettings } from './page-settings.ts';

export interface DescribedEffect {
  readonly text: string;
  readonly url?: string;
}

type Request = EffectRecord['request'];

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
const list = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(', ') : text(value));
const firstLine = (value: unknown): string => text(value).split('\n').find((line) => line.trim() !== '')?.trim().replaceAll('**', '') ?? '';

const sentences: Readonly<Record<string, (request: Request) => string>> = {
  addLabels: ({ labels }) => `added label ${list(labels)}`,
  removeLabel: ({ label }) => `removed label ${text(label)}`,
  createComment: ({ body }) => `commented: ${firstLine(body)}`,
  updateComment: ({ body }) => `edited its comment: ${firstLine(body)}`,
  deleteComment: () => 'deleted its comment',
  createStatus: ({ context, state, description }) => `status ${text(context)}: ${text(state)}${description ? ` (${text(description)})` : ''}`,
  createProwJob: ({ job }) => `started job ${text(job)}`,
  abortProwJob: ({ job }) => `aborted job ${text(job)}`,
  assign: ({ logins }) => `assigned ${list(logins)}`,
  unassign: ({ logins }) => `unassigned ${list(logins)}`,
  requestReviewers: ({ logins, teams }) => `asked ${[list(logins ?? []), list(teams ?? [])].filter((part) => part !== '').join(', ')} for review`,
  removeReviewers: ({ logins }) => `took back the request to ${list(logins ?? [])}`,
  addReaction: ({ content }) => `reacted with ${text(content)}`,
};

/** Operations this file has no sentence for are named, with their request. */
export function describeEffect({ operation, request, url }: EffectRecord, record: Pick<DeliveryRecord, 'repository'>, settings: Pick<PageSettings, 'deckUrl' | 'githubUrl'>): DescribedEffect {
  const sentence = sentences[operation]?.(request) ?? `${operation} ${JSON.stringify(request)}`;
  const found = url ?? linkOf(request, record, settings);
  return found === undefined ? { text: sentence } : { text: sentence, url: found };
}

function linkOf(request: Request, { repository }: Pick<DeliveryRecord, 'repository'>, { deckUrl, githubUrl }: Pick<PageSettings, 'deckUrl' | 'githubUrl'>): string | undefined {
  if (typeof request['prowjob'] === 'string') return deckUrl === undefined ? undefined : `${deckUrl}/prowjob?prowjob=${encodeURIComponent(request['prowjob'])}`;
  const { org, repo, number, sha } = request;
  const name = typeof org === 'string' && typeof repo === 'string' ? `${org}/${repo}` : repository;
  if (githubUrl === undefined || name === undefined) return undefined;
  const root = `${githubUrl}/${name.split('/').map(encodeURIComponent).join('/')}`;
  if (typeof number === 'number') return `${root}/issues/${number}`;
  return typeof sha === 'string' ? `${root}/commit/${encodeURIComponent(sha)}` : undefined;
}

/** Where the delivery's issue, pull request or repository is. */
export function subjectUrl({ repository, number, eventType }: Pick<DeliveryRecord, 'repository' | 'number' | 'eventType'>, { githubUrl }: Pick<PageSettings, 'githubUrl'>): string | undefined {
  if (githubUrl === undefined || repository === undefined) return undefined;
  const root = `${githubUrl}/${repository.split('/').map(encodeURIComponent).join('/')}`;
  if (number === undefined) return root;
  return `${root}/${eventType.startsWith('pull_request') ? 'pull' : 'issues'}/${number}`;
}
