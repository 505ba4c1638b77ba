// Other people's services, as far as plugins talk to them. Every method rejects with ProwError `PROW_SERVICES_CALL`;
// it is transient when trying later may help (no answer, 5xx, 429), final otherwise. Writes are not sent in dry run.

export interface Slack {
  /** `channel` is a name or id. */
  postMessage(message: { channel: string; text: string }): Promise<void>;
}

export interface JiraRemoteLink {
  readonly id: number;
  readonly url: string;
  readonly title: string;
}

export interface Jira {
  /** No slash at the end. */
  readonly url: string;
  /** Keys of all projects that can be seen, in upper case; asked once in a while. */
  projectKeys(): Promise<ReadonlySet<string>>;
  hasIssue(key: string): Promise<boolean>;
  listRemoteLinks(key: string): Promise<JiraRemoteLink[]>;
  addRemoteLink(key: string, link: { url: string; title: string }): Promise<void>;
  updateRemoteLink(key: string, link: JiraRemoteLink): Promise<void>;
}

export interface Bug {
  readonly id: number;
  readonly summary: string;
  readonly status: string;
  readonly resolution: string;
  readonly severity: string;
  readonly isOpen: boolean;
  readonly targetReleases: readonly string[];
  readonly dependsOn: readonly number[];
  readonly groups: readonly string[];
  /** Login, mostly an address. */
  readonly qaContact: string;
}

/** A pull request linked to a bug: `id` is `org/repo/pull/1`. */
export interface ExternalBug {
  readonly bugId: number;
  readonly id: string;
}

export interface Bugzilla {
  /** No slash at the end. */
  readonly url: string;
  /** Undefined: there is none, or it may not be seen. */
  getBug(id: number): Promise<Bug | undefined>;
  updateBug(id: number, change: { status?: string; resolution?: string }): Promise<void>;
  listExternalBugs(id: number): Promise<ExternalBug[]>;
  /** False when it was linked already. */
  addPullRequest(id: number, pull: { org: string; repo: string; number: number }): Promise<boolean>;
  /** False when it was not linked. */
  removePullRequest(id: number, pull: { org: string; repo: string; number: number }): Promise<boolean>;
}

/** Those that are configured. */
export interface Services {
  readonly slack?: Slack;
  readonly jira?: Jira;
  readonly bugzilla?: Bugzilla;
}
