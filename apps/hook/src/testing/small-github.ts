// The part of GitHub that a few plugins touch, over HTTP, in memory: for tests that count what was done. It has one
// organisation, knows no paging and believes every token; the local GitHub is the real double.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Thread {
  labels: Set<string>;
  comments: Map<number, string>;
  assignees: Set<string>;
}

export interface SmallGitHub {
  readonly url: string;
  /** What a user sees: labels, comments without their marks, assignees, statuses. */
  visible(withoutMark: (body: string) => string): unknown;
  /** Calls that were answered, by method and path without numbers. */
  readonly calls: Map<string, number>;
  pullRequest(repo: string, number: number): object;
  /** What the organisation's webhook 1 (`https://ci.example/hook`) could not hand over, for programs that ask. */
  readonly missedDeliveries: { id: number; guid: string; event: string; payload: object }[];
  stop(): Promise<void>;
}

const org = 'org';
const isMember = (login: string | undefined): boolean => login === 'member' || login === 'colleague';
const user = (login: string): object => ({ login, id: login.length, type: 'User', html_url: `https://github.com/${login}` });
const repository = (name: string): object => ({ id: 1, name, full_name: `${org}/${name}`, owner: user(org), html_url: `https://github.com/${org}/${name}`, default_branch: 'main' });
const sha = (repo: string, number: number): string => Buffer.from(`${repo}-${number}`).toString('hex').padEnd(40, '0').slice(0, 40);

/** @param author of all issues and pull requests. `member` and `colleague` are collaborators, others are strangers. */
export async function startSmallGitHub({ author = 'author' }: { author?: string } = {}): Promise<SmallGitHub> {
  const threads = new Map<string, Thread>();
  const statuses = new Map<string, Map<string, string>>();
  const calls = new Map<string, number>();
  let commentId = 0;
  const missedDeliveries: SmallGitHub['missedDeliveries'] = [];
  const onHooks = ([id, , deliveryId]: readonly string[]): [number, unknown] => {
    if (id === undefined) return [200, [{ id: 1, active: true, events: ['*'], config: { url: 'https://ci.example/hook' } }]];
    const described = missedDeliveries.map((each) => ({ id: each.id, guid: each.guid, event: each.event, delivered_at: new Date().toISOString(), redelivery: false, duration: 1, status: 'failed', status_code: 502, action: null }));
    if (deliveryId === undefined) return [200, described];
    const found = missedDeliveries.find((each) => String(each.id) === deliveryId);
    return [200, { ...described.find((each) => String(each.id) === deliveryId), request: { headers: {}, payload: found?.payload }, response: { headers: null, payload: null } }];
  };
  /** The App of the organisation; its own webhook could not hand over the same deliveries. */
  const onApp = ([kind, ...rest]: readonly string[]): [number, unknown] => {
    if (kind === undefined) return [200, { id: 12, slug: 'bot' }];
    if (kind === 'hook') return onHooks(['1', ...rest]);
    if (rest.length === 0) return [200, [{ id: 1, account: user(org) }]];
    return [201, { token: 'of-the-installation', expires_at: new Date(Date.now() + 3_600_000).toISOString(), permissions: {}, repository_selection: 'all' }];
  };
  const threadOf = (key: string): Thread => {
    const thread = threads.get(key) ?? { labels: new Set(), comments: new Map(), assignees: new Set() };
    threads.set(key, thread);
    return thread;
  };
  const pullRequest = (repo: string, number: number): object => {
    const end = (ref: string, head: string): object => ({ ref, sha: head, repo: repository(repo), user: user(org) });
    const { labels, assignees } = threadOf(`${repo}#${number}`);
    return {
      number, title: `Change ${number}`, body: '', state: 'open', draft: false, merged: false, mergeable: true, user: user(author), html_url: `https://github.com/${org}/${repo}/pull/${number}`,
      labels: [...labels].map((name) => ({ name })), assignees: [...assignees].map(user), requested_reviewers: [], base: end('main', 'b'.repeat(40)), head: end('feature', sha(repo, number)),
    };
  };

  const onThread = (method: string, repo: string, number: number, rest: readonly string[], body: Record<string, unknown>): [number, unknown] => {
    const thread = threadOf(`${repo}#${number}`);
    if (rest.length === 0) return [200, { ...pullRequest(repo, number), pull_request: {} }];
    const labelList = (): object[] => [...thread.labels].map((name) => ({ name }));
    if (rest[0] === 'labels') {
      if (method === 'POST') for (const label of body['labels'] as string[]) thread.labels.add(label);
      if (method === 'DELETE' && !thread.labels.delete(rest.slice(1).join('/'))) return [404, { message: 'Label does not exist' }];
      return [200, labelList()];
    }
    if (rest[0] === 'assignees') {
      for (const login of body['assignees'] as string[]) thread.assignees.add(login);
      return [201, pullRequest(repo, number)];
    }
    if (rest[0] === 'comments') {
      if (method === 'POST') {
        commentId += 1;
        thread.comments.set(commentId, String(body['body']));
        return [201, comment(commentId, String(body['body']))];
      }
      return [200, [...thread.comments].map(([id, text]) => comment(id, text))];
    }
    return [404, { message: 'Not Found' }];
  };
  const comment = (id: number, body: string): object => ({ id, node_id: '', body, user: user('bot'), html_url: `https://github.com/c/${id}`, created_at: '2024-01-01T00:00:00Z', updated_at: '2024-01-01T00:00:00Z' });

  const route = (method: string, path: readonly string[], body: Record<string, unknown>): [number, unknown] => {
    if (path[0] === 'user') return [200, user('bot')];
    if (path[0] === 'app') return onApp(path.slice(1));
    if (path[0] === 'orgs' && path[2] === 'hooks') return onHooks(path.slice(3));
    if (path[0] === 'orgs' && path[2] === 'repos') return [200, [repository('one')]];
    if (path[0] === 'orgs' && path[2] === 'members') return isMember(path[3]) ? [204, undefined] : [404, { message: 'Not Found' }];
    if (path[0] !== 'repos') return [404, { message: 'Not Found' }];
    const [, , repo = '', kind, second = '', ...rest] = path;
    if (kind === 'issues' && second === 'comments' && method === 'DELETE') {
      for (const thread of threads.values()) if (thread.comments.delete(Number(rest[0]))) return [204, undefined];
      return [404, { message: 'Not Found' }];
    }
    if (kind === 'issues') return onThread(method, repo, Number(second), rest, body);
    if (kind === 'pulls' && rest.length === 0) return [200, pullRequest(repo, Number(second))];
    if (kind === 'pulls' && rest[0] === 'files') return [200, [{ filename: 'src/a', status: 'modified', additions: 5, deletions: 1, changes: 6, sha: 's' }]];
    if (kind === 'labels') return [200, ['kind/bug', 'kind/feature', 'needs-kind'].map((name) => ({ name }))];
    if (kind === 'collaborators') return isMember(second) ? [204, undefined] : [404, { message: 'Not Found' }];
    if (kind === 'git') return [200, { ref: 'refs/heads/main', object: { type: 'commit', sha: 'b'.repeat(40) } }];
    if (kind === 'statuses' && method === 'POST') {
      const own = statuses.get(second) ?? new Map<string, string>();
      statuses.set(second, own.set(String(body['context']), String(body['state'])));
      return [201, { state: body['state'], context: body['context'] }];
    }
    if (kind === 'commits' && rest[0] === 'status') {
      const own = statuses.get(second) ?? new Map([['extra', 'failure']]);
      return [200, { state: 'failure', sha: second, total_count: own.size, statuses: [...own].map(([context, state]) => ({ context, state, description: '', target_url: '' })) }];
    }
    return [404, { message: 'Not Found' }];
  };

  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = new URL(request.url ?? '/', 'http://x').pathname.split('/').filter((part) => part !== '').map(decodeURIComponent);
    const key = `${request.method ?? ''} ${path.map((part) => (/^\d+$|^[0-9a-f]{40}$/.test(part) ? 'N' : part)).join('/')}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
    const [status, payload] = route(request.method ?? 'GET', path, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>));
    response.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999' });
    response.end(payload === undefined ? undefined : JSON.stringify(payload));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    missedDeliveries,
    pullRequest,
    visible: (withoutMark) => ({
      threads: [...threads]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, thread]) => ({ key, labels: [...thread.labels].sort(), assignees: [...thread.assignees].sort(), comments: [...thread.comments.values()].map(withoutMark).sort() })),
      statuses: [...statuses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, contexts]) => [key, [...contexts].sort()]),
    }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
