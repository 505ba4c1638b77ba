export type { Bug, Bugzilla, ExternalBug, Jira, JiraRemoteLink, Services, Slack } from './api.ts';
export { bugzilla } from './bugzilla.ts';
export type { BugzillaAuthMethod, BugzillaOptions } from './bugzilla.ts';
export { serviceFlags, servicesFrom } from './flags.ts';
export type { ServiceSettings } from './flags.ts';
export { jira } from './jira.ts';
export type { JiraOptions } from './jira.ts';
export { slack } from './slack.ts';
