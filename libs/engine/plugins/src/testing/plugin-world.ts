// A small world for tests of plugins: one repository whose GitHub side lives in memory and tells what was changed.
// It is no GitHub: no permissions, no paging, no other repository; whole-program tests run against the local GitHub.
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { parseYaml } from '@prow/base-yaml';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient } from '@prow/clients-github';
import type { Services } from '@prow/clients-services';
import { ConfigAssembler, decodeConfigFile, type ProwConfig } from '@prow/model-config';
import { parseEvent, type GitHubEvent } from '@prow/model-github-events';
import { assemblePluginConfig, decodePluginFile, type PluginConfig } from '@prow/model-plugin-config';
import type { ProwJob } from '@prow/model-prowjob';
import { withoutMark } from '../comment-mark.ts';
import { EventRunner } from '../event-runner.ts';
import type { Plugin } from '../plugin.ts';
import type { RepositoryOwners } from '../ports/owners.ts';

export interface WorldOptions {
  plugin: Plugin;
  /** plugins.yaml besides the switch for the plugin itself. */
  settings?: string;
  /** config.yaml, jobs among it. */
  config?: string;
  labels?: string[];
  repositoryLabels?: string[];
  members?: string[];
  collaborators?: string[];
  author?: string;
  body?: string;
  title?: string;
  draft?: boolean;
  state?: string;
  files?: { filename: string; status?: string; previous_filename?: string; additions?: number; deletions?: number }[];
  comments?: { user: string; body: string }[];
  statuses?: { context: string; state: string; description?: string }[];
  assignees?: string[];
  /** Path → approvers, reviewers, labels of its OWNERS. */
  owners?: Record<string, { approvers?: string[]; reviewers?: string[]; labels?: string[] }>;
  /** Answers of further methods. */
  answers?: Record<string, unknown>;
  attempt?: number;
  services?: Services;
  /** Where hook's own list of commands is. */
  commandHelpUrl?: string;
  /** What an earlier run has noted. */
  notes?: readonly string[];
}

const bot = 'ci-bot';
const user = (login: string): { login: string; type: string; html_url: string } => ({ login, type: 'User', html_url: `https://github.com/${login}` });
const repository = { name: 'repo', owner: user('org'), full_name: 'org/repo', html_url: 'https://github.com/org/repo', default_branch: 'main' };

export class PluginWorld {
  /** What was changed, in order: `addLabels lgtm`, `createComment …`. */
  readonly changes: string[] = [];
  readonly comments: { id: number; user: { login: string }; body: string; html_url: string; created_at: string; updated_at: string }[] = [];
  readonly prowJobs: ProwJob[] = [];
  readonly decisions: string[] = [];
  readonly notes: string[] = [];
  labels: string[];
  readonly #options: WorldOptions;
  #guid = 0;
  #commentId = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.labels = [...(options.labels ?? [])];
    for (const { user: login, body } of options.comments ?? []) this.#addComment(login, body);
  }

  /** A comment on pull request 1, and what the plugin does about it. */
  async comment(login: string, body: string, more: { action?: string; onIssue?: boolean } = {}): Promise<string[]> {
    const comment = this.#addComment(login, body);
    const issue = { ...this.#issue(), ...(more.onIssue ? { pull_request: undefined } : {}) };
    return this.#handle('issue_comment', { action: more.action ?? 'created', issue, comment });
  }

  async pullRequest(action: string, more: object = {}): Promise<string[]> {
    return this.#handle('pull_request', { action, number: 1, pull_request: this.#pull(), ...more });
  }

  async review(login: string, state: string, body = ''): Promise<string[]> {
    return this.#handle('pull_request_review', { action: 'submitted', pull_request: this.#pull(), review: { id: 1, user: user(login), body, state, html_url: 'u' } });
  }

  async event(eventType: string, payload: object): Promise<string[]> {
    return this.#handle(eventType, payload);
  }

  async #handle(eventType: string, payload: object): Promise<string[]> {
    const from = this.changes.length;
    const guid = `guid-${(this.#guid += 1)}`;
    const event: GitHubEvent = parseEvent({ eventType, guid, payload: { repository, sender: user('sender'), ...payload } });
    const runner = this.#runner();
    const session = runner.openSession(event, { isLate: false });
    await runner.run(session, {
      plugin: this.#options.plugin.name,
      guid,
      attempt: this.#options.attempt ?? 0,
      signal: new AbortController().signal,
      decide: ({ reason }) => void this.decisions.push(reason),
      effect: () => undefined,
      notes: new Set(this.#options.notes),
      note: async (text) => void this.notes.push(text),
      areOthersPending: () => false,
    });
    return this.changes.slice(from);
  }

  #addComment(login: string, body: string): (typeof this.comments)[number] {
    this.#commentId += 1;
    const at = `2024-01-01T00:00:${String(this.#commentId).padStart(2, '0')}Z`;
    const comment = { id: this.#commentId, user: user(login), body, html_url: 'https://github.com/org/repo/pull/1#c', created_at: at, updated_at: at };
    this.comments.push(comment);
    return comment;
  }

  #issue(): object {
    const { author = 'author', state = 'open', body = '', title = 'Title', assignees = [] } = this.#options;
    return { number: 1, title, body, state, user: user(author), labels: this.labels.map((name) => ({ name })), assignees: assignees.map(user), html_url: 'https://github.com/org/repo/pull/1', pull_request: {} };
  }

  #pull(): object {
    const end = (ref: string, sha: string): object => ({ ref, sha, repo: repository, user: user('org') });
    return { ...this.#issue(), draft: this.#options.draft ?? false, base: end('main', 'base'), head: end('feature', 'head'), requested_reviewers: [] };
  }

  #runner(): EventRunner {
    const { plugin, config = '', settings = '' } = this.#options;
    const plugins = pluginConfig(`plugins:\n  org:\n    plugins: [${plugin.name}]\n${settings}`);
    const prow = prowConfig(config);
    return new EventRunner({
      plugins: [plugin],
      github: this.#github(),
      git: {} as GitClient,
      prowJobs: {
        create: async (prowJob) => {
          if (this.prowJobs.some(({ metadata }) => metadata.name === prowJob.metadata.name)) return { created: false };
          this.prowJobs.push(prowJob);
          this.changes.push(`createProwJob ${prowJob.spec.job}`);
          return { created: true };
        },
        listOfPull: async () => this.prowJobs,
        listRunning: async () => this.prowJobs.filter(({ status }) => status.completionTime === undefined),
        abort: async (prowJob) => {
          prowJob.status.state = 'aborted';
          this.changes.push(`abort ${prowJob.spec.job}`);
          return true;
        },
      },
      ...(this.#options.services === undefined ? {} : { services: this.#options.services }),
      ...(this.#options.commandHelpUrl === undefined ? {} : { commandHelpUrl: this.#options.commandHelpUrl }),
      configMaps: { change: async () => ({ changed: false }) },
      owners: { load: async () => this.#owners() },
      jobs: async () => ({ presubmits: prow.presubmits['org/repo'] ?? [], postsubmits: prow.postsubmits['org/repo'] ?? [] }),
      config: () => ({ config: prow, plugins }),
      clock: systemClock,
      log: silentLogger,
    });
  }

  #owners(): RepositoryOwners {
    const all = this.#options.owners ?? {};
    const up = (path: string): string[] => {
      const folders = [];
      for (let folder = path; folder !== ''; ) folders.push((folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : ''));
      return folders;
    };
    const people = (path: string, kind: 'approvers' | 'reviewers' | 'labels', leaf: boolean): Set<string> => {
      const lists = up(path).map((folder) => all[folder]?.[kind] ?? []).filter((list) => list.length > 0);
      return new Set((leaf ? lists.slice(0, 1) : lists).flat());
    };
    const folderOf = (path: string, kind: 'approvers' | 'reviewers'): string => up(path).find((folder) => (all[folder]?.[kind] ?? []).length > 0) ?? '';
    return {
      problems: [],
      approvers: (path) => people(path, 'approvers', false),
      leafApprovers: (path) => people(path, 'approvers', true),
      reviewers: (path) => people(path, 'reviewers', false),
      leafReviewers: (path) => people(path, 'reviewers', true),
      requiredReviewers: () => new Set(),
      labels: (path) => people(path, 'labels', false),
      labelsInFolder: (folder) => new Set(all[folder]?.labels ?? []),
      approversFolder: (path) => folderOf(path, 'approvers'),
      reviewersFolder: (path) => folderOf(path, 'reviewers'),
      isNoParentOwners: () => false,
      isAutoApproveUnownedSubfolders: () => false,
      topLevelApprovers: () => new Set(all['']?.approvers ?? []),
      everyone: () => new Set(Object.values(all).flatMap(({ approvers = [], reviewers = [] }) => [...approvers, ...reviewers])),
    };
  }

  #github(): GitHubClient {
    const { members = [], collaborators = [], files = [], statuses = [], repositoryLabels = [], answers = {} } = this.#options;
    const change = (text: string): void => void this.changes.push(text);
    const methods: Record<string, (request: never) => unknown> = {
      isBot: (login: string) => login === bot,
      botUser: () => bot,
      isMember: ({ login }: { login: string }) => members.includes(login),
      isCollaborator: ({ login }: { login: string }) => collaborators.includes(login) || members.includes(login),
      listIssueLabels: () => this.labels.map((name) => ({ name })),
      listRepositoryLabels: () => repositoryLabels.map((name) => ({ name })),
      listComments: () => this.comments,
      listReviewComments: () => [],
      listReviews: () => [],
      listIssueEvents: () => [],
      listChangedFiles: () => files.map((file) => ({ status: 'modified', additions: 1, deletions: 0, ...file })),
      getFile: () => undefined,
      getRef: () => 'base',
      getPullRequest: () => this.#pull(),
      getIssue: () => ({ ...this.#issue(), milestone: null }),
      getCombinedStatus: () => ({ statuses: statuses.map((status) => ({ description: '', target_url: '', ...status })) }),
      getBranchProtection: () => undefined,
      addLabels: ({ labels }: { labels: string[] }) => {
        this.labels = [...new Set([...this.labels, ...labels])];
        change(`addLabels ${labels.join(', ')}`);
      },
      removeLabel: ({ label }: { label: string }) => {
        this.labels = this.labels.filter((name) => name !== label);
        change(`removeLabel ${label}`);
      },
      createComment: ({ body }: { body: string }) => {
        change(`createComment ${withoutMark(body).split('\n')[0] ?? ''}`);
        return this.#addComment(bot, body);
      },
      deleteComment: ({ commentId }: { commentId: number }) => {
        const index = this.comments.findIndex(({ id }) => id === commentId);
        change(`deleteComment ${this.comments[index]?.body.split('\n')[0] ?? ''}`);
        this.comments.splice(index, 1);
      },
      createStatus: ({ context, state, description }: { context: string; state: string; description: string }) => change(`createStatus ${context} ${state} ${description}`),
      assign: ({ logins }: { logins: string[] }) => {
        change(`assign ${logins.join(', ')}`);
        return { refused: [] };
      },
      requestReviewers: ({ logins = [], teams = [] }: { logins?: string[]; teams?: string[] }) => {
        change(`requestReviewers ${[...logins, ...teams].join(', ')}`);
        return { refused: [] };
      },
    };
    const recorded = (name: string) => (request: Record<string, unknown> | undefined) => {
      if (Object.hasOwn(answers, name)) {
        const answer = answers[name];
        const isRead = /^(get|list|find|is|has|search)/.test(name);
        if (!isRead) change(`${name} ${describe(request)}`);
        return typeof answer === 'function' ? (answer as (given: unknown) => unknown)(request) : answer;
      }
      if (/^(get|list|find|is|has|search)/.test(name)) throw new Error(`the test's world does not know ${name}`);
      change(`${name} ${describe(request)}`);
      return {};
    };
    return new Proxy({} as GitHubClient, {
      get: (_target, name) => {
        if (typeof name !== 'string' || name === 'then') return undefined;
        const method = Object.hasOwn(answers, name) ? undefined : methods[name];
        return async (request: never) => (method === undefined ? recorded(name)(request) : method(request));
      },
    });
  }
}

/** The request without the name of the repository. */
function describe(request: Record<string, unknown> | undefined): string {
  const { org, repo, ...rest } = request ?? {};
  void org;
  void repo;
  return JSON.stringify(rest);
}

function pluginConfig(text: string): PluginConfig {
  const decoded = decodePluginFile(parseYaml(text), 'plugins.yaml');
  const { config, findings } = assemblePluginConfig({ file: 'plugins.yaml', value: decoded.value }, []);
  const errors = [...decoded.findings, ...findings].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return config;
}

function prowConfig(text: string): ProwConfig {
  const decoded = decodeConfigFile(text === '' ? {} : parseYaml(text), 'config.yaml');
  const { config, findings } = new ConfigAssembler(() => 0).assemble({ main: { file: 'config.yaml', value: decoded.value }, supplementals: [], jobs: [] });
  const errors = [...decoded.findings, ...findings].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return config;
}
