import { booleanFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import { configFlags } from '@prow/clients-config-source';
import { githubFlags } from '@prow/clients-github';
import { kubeFlags } from '@prow/clients-kube';

/** upstream: cmd/deck/main.go; below the line, what upstream does not have. */
export const flags = {
  ...configFlags,
  ...kubeFlags,
  ...githubFlags,
  tideUrl: stringFlag('tide-url', { help: 'where tide answers; without it there is no page of merge pools' }),
  hookUrl: stringFlag('hook-url', { help: "where hook's plugin help is; passed on at /plugin-help.js" }),
  hiddenOnly: booleanFlag('hidden-only', { help: 'show hidden jobs only; excludes --show-hidden and --tenant-id', default: false }),
  showHidden: booleanFlag('show-hidden', { help: 'show hidden jobs, too', default: false }),
  tenantIds: stringListFlag('tenant-id', { help: 'show jobs of this tenant only' }),
  rerunCreatesJob: booleanFlag('rerun-creates-job', { help: 'rerun starts the job, rather than showing its YAML', default: false }),
  spyglass: booleanFlag('spyglass', { help: 'accepted for compatibility: pages of runs are always there', default: true }),
  oauthUrl: stringFlag('oauth-url', { help: 'any text switches the login with GitHub on; needs --github-oauth-config-file and --cookie-secret' }),
  githubOauthConfigFile: stringFlag('github-oauth-config-file', { help: 'YAML with client_id, client_secret, redirect_url and scopes of the OAuth app', default: '/etc/github/secret' }),
  cookieSecret: stringFlag('cookie-secret', { help: 'file with 32 random bytes or more in base64, which cookies are sealed with' }),
  allowInsecure: booleanFlag('allow-insecure', { help: 'cookies also travel over plain HTTP; on loopback they do anyway', default: false }),
  redirectHttpTo: stringFlag('redirect-http-to', { help: 'host that requests which came to the load balancer over plain HTTP are sent to, with https' }),
  gcsCredentialsFile: stringFlag('gcs-credentials-file', { help: 'key of a service account to read GCS with' }),
  s3CredentialsFile: stringFlag('s3-credentials-file', { help: 'JSON with what is needed to read S3' }),

  webDir: stringFlag('web-dir', { help: 'folder of the built pages; default: beside this program' }),
  cimasterUrl: stringFlag('cimaster-url', { help: 'where cimaster answers; without it there is no page of the cluster pool' }),
  cimasterTokenFile: stringFlag('cimaster-token-file', { help: 'file with the bearer token to send to it' }),
  poolUsers: stringListFlag('pool-github-user', { help: 'who may change the pool on its page, by GitHub login' }),
  poolOrgs: stringListFlag('pool-github-org', { help: 'members of this organisation may' }),
  poolTeams: stringListFlag('pool-github-team', { help: 'members of this team, as ORG/SLUG, may' }),
  links: stringListFlag('nav-link', { help: 'NAME=URL shown in the navigation' }),
} as const;

export type DeckSettings = FlagValues<typeof flags>;
