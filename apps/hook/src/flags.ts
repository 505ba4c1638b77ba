import { booleanFlag, durationFlag, integerFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import { configFlags } from '@prow/clients-config-source';
import { gitFlags } from '@prow/clients-git';
import { githubFlags } from '@prow/clients-github';
import { kubeFlags } from '@prow/clients-kube';
import { serviceFlags } from '@prow/clients-services';

/** upstream: cmd/hook/main.go; below the line, what upstream does not have. */
export const hookFlags = {
  ...configFlags,
  ...githubFlags,
  ...gitFlags,
  ...kubeFlags,
  ...serviceFlags,
  webhookPath: stringFlag('webhook-path', { help: 'path that GitHub calls', default: '/hook' }),
  hmacSecretFile: stringFlag('hmac-secret-file', { help: 'file with the webhook secret, or secrets by organisation and repository', default: '/etc/webhook/hmac' }),
  gracePeriodMs: durationFlag('grace-period', { help: 'how long running handlers may take to end when the program stops', default: '180s' }),
  enabledOrgs: stringListFlag('github-enabled-org', { help: 'handle events of this organisation only' }),
  enabledRepos: stringListFlag('github-enabled-repo', { help: 'handle events of this org/repo only' }),
  disabledOrgs: stringListFlag('github-disabled-org', { help: 'handle no events of this organisation; wins over enabled ones' }),
  disabledRepos: stringListFlag('github-disabled-repo', { help: 'handle no events of this org/repo; wins over enabled ones' }),

  projectedTokenFile: stringFlag('projected-token-file', { help: "accepted for compatibility: the kubeconfig's credentials are used" }),
  inRepoConfigCacheSize: integerFlag('in-repo-config-cache-size', { help: 'accepted for compatibility: the cache has a size of its own', min: 0 }),
  inRepoConfigCacheCopies: integerFlag('in-repo-config-cache-copies', { help: 'accepted for compatibility', min: 0 }),
  inRepoConfigCacheDirBase: stringFlag('cache-dir-base', { help: 'accepted for compatibility: see --git-cache-dir' }),
  moonrakerAddress: stringFlag('moonraker-address', { help: "accepted for compatibility: jobs described in repositories are read here" }),

  dataDir: stringFlag('data-dir', {
    help: 'folder in which deliveries are kept until they are handled, and for two weeks after; default: one in the temporary folder, where finished ones are forgotten at the next start',
  }),
  eventSource: stringFlag('event-source', { help: 'where events come from: webhook, or poll where GitHub cannot reach this program', default: 'webhook' }),
  recoverDeliveries: booleanFlag('recover-deliveries', { help: "look through GitHub's own list of deliveries for ones that did not arrive here", default: true }),
  recoveryHooks: stringListFlag('recovery-hook', { help: 'org or org/repo whose webhook deliveries are looked through; default: those of the plugin configuration' }),
  recoveryIntervalMs: durationFlag('recovery-interval', { help: 'how often missed deliveries are looked for', default: '5m' }),
  pollIntervalMs: durationFlag('poll-interval', { help: 'how often GitHub is asked for news with --event-source=poll', default: '30s' }),
  reconcileIntervalMs: durationFlag('reconcile-interval', { help: 'how often open pull requests are compared with what should have happened; 0 switches it off', default: '30m' }),
  eventsTokenFile: stringFlag('events-token-file', { help: 'file with the token that allows to replay deliveries; without it, nobody may' }),
  eventsAllowAnyone: booleanFlag('events-allow-anyone', { help: 'whoever reaches the event page may replay deliveries, without a token', default: false }),
  deckUrl: stringFlag('deck-url', { help: "where people reach deck, for links of the pages and of comments (the approve plugin's help is then this program's /command-help, which is expected beside deck); default: no such links" }),
  navLinks: stringListFlag('nav-link', { help: 'NAME=URL shown in the navigation of the pages' }),
  pluginModules: stringListFlag('plugin-module', { help: 'npm package (looked for from the working directory upwards), or path of a file, whose default export is a plugin' }),
} as const;

export type HookSettings = FlagValues<typeof hookFlags>;
