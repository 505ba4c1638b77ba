import { readFile } from 'node:fs/promises';
import { ProwError } from '@prow/base-errors';
import { stringFlag, type FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { Services } from './api.ts';
import { bugzilla, type BugzillaAuthMethod } from './bugzilla.ts';
import { dryRun } from './dry-run.ts';
import { jira } from './jira.ts';
import { slack } from './slack.ts';

/** upstream: pkg/flagutil/{bugzilla,jira}.go, cmd/hook/main.go */
export const serviceFlags = {
  slackTokenFile: stringFlag('slack-token-file', { help: 'file with the token for Slack, for the slackevents plugin' }),
  jiraEndpoint: stringFlag('jira-endpoint', { help: 'address of Jira, for the jira plugin' }),
  jiraUsername: stringFlag('jira-username', { help: 'name to log in to Jira with; needs --jira-password-file' }),
  jiraPasswordFile: stringFlag('jira-password-file', { help: 'file with the password for Jira' }),
  jiraBearerTokenFile: stringFlag('jira-bearer-token-file', { help: 'file with the token for Jira; excludes --jira-username' }),
  bugzillaEndpoint: stringFlag('bugzilla-endpoint', { help: 'address of Bugzilla, for the bugzilla plugin' }),
  bugzillaApiKeyPath: stringFlag('bugzilla-api-key-path', { help: 'file with the API key for Bugzilla' }),
  bugzillaAuthMethod: stringFlag('bugzilla-auth-method', { help: 'how the key is sent to Bugzilla: bearer, query or x-bugzilla-api-key', default: 'bearer' }),
} as const;

export type ServiceSettings = FlagValues<typeof serviceFlags>;

const authMethods: readonly BugzillaAuthMethod[] = ['bearer', 'query', 'x-bugzilla-api-key'];

/** The services that flags name. Secrets are read at each call: they may be renewed. */
export function servicesFrom(settings: ServiceSettings, { isDryRun, log }: { isDryRun: boolean; log: Logger }): Services {
  const services: Services = {
    ...(isGiven(settings.slackTokenFile) ? { slack: slack({ token: () => secret(settings.slackTokenFile ?? '') }) } : {}),
    ...(isGiven(settings.jiraEndpoint) ? { jira: jira({ endpoint: address('--jira-endpoint', settings.jiraEndpoint), authorization: jiraAuthorization(settings) }) } : {}),
    ...(isGiven(settings.bugzillaEndpoint)
      ? {
          bugzilla: bugzilla({
            endpoint: address('--bugzilla-endpoint', settings.bugzillaEndpoint),
            apiKey: async () => (isGiven(settings.bugzillaApiKeyPath) ? secret(settings.bugzillaApiKeyPath) : ''),
            authMethod: authMethodOf(settings.bugzillaAuthMethod),
          }),
        }
      : {}),
  };
  return isDryRun ? dryRun(services, log) : services;
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function jiraAuthorization({ jiraUsername, jiraPasswordFile, jiraBearerTokenFile }: ServiceSettings): () => Promise<string | undefined> {
  if (isGiven(jiraUsername) !== isGiven(jiraPasswordFile)) throw new ProwError('PROW_SERVICES_FLAGS', '--jira-username and --jira-password-file go together');
  if (isGiven(jiraUsername) && isGiven(jiraBearerTokenFile)) throw new ProwError('PROW_SERVICES_FLAGS', '--jira-username and --jira-bearer-token-file exclude one another');
  if (isGiven(jiraBearerTokenFile)) return async () => `Bearer ${await secret(jiraBearerTokenFile)}`;
  if (isGiven(jiraUsername) && isGiven(jiraPasswordFile)) return async () => `Basic ${Buffer.from(`${jiraUsername}:${await secret(jiraPasswordFile)}`).toString('base64')}`;
  return () => Promise.resolve(undefined);
}

function authMethodOf(text: string): BugzillaAuthMethod {
  const found = authMethods.find((method) => method === text);
  if (found === undefined) throw new ProwError('PROW_SERVICES_FLAGS', `--bugzilla-auth-method: found "${text}", expected ${authMethods.join(', ')}`);
  return found;
}

function address(flag: string, text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new ProwError('PROW_SERVICES_FLAGS', `${flag}: found "${text}", expected an address such as https://issues.example.com`);
  return text;
}

async function secret(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}
