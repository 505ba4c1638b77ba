import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ProwError } from '@prow/base-errors';
import { newExpressApp, type AppDefinition, type AppHost, type RunningApp } from '@prow/base-service';
import { clusterPoolClient } from '@prow/clients-cluster-pool';
import { configSourceFrom, type ConfigSource } from '@prow/clients-config-source';
import { githubClientFrom, githubWebUrlFrom, prometheusMetrics, type GitHubClient } from '@prow/clients-github';
import { kubeClientsFrom } from '@prow/clients-kube';
import { openStorage } from '@prow/clients-storage';
import { trustOfUser, trustRules } from '@prow/engine-plugins';
import { BucketGate } from '@prow/engine-spyglass';
import type { LayoutConfiguration } from '@prow/model-artifact-layout';
import { artifactBuckets, decorationEntries, type ProwConfig } from '@prow/model-config';
import { prowJobResource, type ProwJob, type RerunAuthConfig } from '@prow/model-prowjob';
import { flags, type DeckSettings } from './flags.ts';
import { JobCache } from './job-cache.ts';
import { Sessions } from './login/login-routes.ts';
import { readOAuthConfig } from './login/oauth.ts';
import { Seal } from './login/sealed.ts';
import { RerunGate } from './rerun-gate.ts';
import { actionRoutes } from './routes/actions.ts';
import { neverCache, sendText } from './routes/answers.ts';
import { historyRoutes } from './routes/history.ts';
import { jobRoutes } from './routes/jobs.ts';
import { pageRoutes } from './routes/pages.ts';
import { pluginHelpRoutes } from './routes/plugin-help.ts';
import { poolRoutes } from './routes/pool.ts';
import { runRoutes } from './routes/runs.ts';
import { tideRoutes } from './routes/tide.ts';

/** upstream: cmd/deck/main.go */
export const deckApp: AppDefinition<typeof flags> = {
  name: 'deck',
  summary: 'The web pages and the read API: jobs, logs, artifacts, history; rerun and abort.',
  examples: ['prow run deck --config-path=configs/config.yaml --job-config-path=configs/jobs --kubeconfig=kubeconfig --tide-url=http://tide'],
  flags,
  defaultPort: 8080,
  start: startDeck,
};

async function startDeck(settings: DeckSettings, { log, clock, metrics }: AppHost): Promise<RunningApp> {
  checkFlags(settings);
  const operators = operatorsOf(settings);
  const config = await configSourceFrom(settings, { log, clock, metrics });
  const kube = await kubeClientsFrom(settings, { log, clock });
  const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(metrics) });
  const sessions = sessionsFrom(settings, { log, clock });
  const current = (): ProwConfig => config.current().config;
  const namespace = current().prowjob_namespace;
  const informer = kube.main.informer<ProwJob>(prowJobResource, { namespace });
  const jobs = new JobCache(informer, { hiddenOnly: settings.hiddenOnly, showHidden: settings.showHidden, tenantIds: settings.tenantIds, hiddenRepos: () => current().deck.hidden_repos ?? [] });
  const unsubscribe = config.subscribe(() => jobs.invalidate());
  informer.start();
  await informer.synced();
  const gate = new BucketGate({
    allowedBuckets: () => artifactBuckets(current()),
    openStorage,
    storageOptions: {
      ...(settings.gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile: settings.gcsCredentialsFile }),
      ...(settings.s3CredentialsFile === undefined ? {} : { s3CredentialsFile: settings.s3CredentialsFile }),
    },
  });
  const app = newExpressApp({ log });
  const { redirectHttpTo } = settings;
  if (redirectHttpTo !== undefined && redirectHttpTo !== '') {
    app.use((request, response, next) => {
      if (request.get('x-forwarded-proto') === 'http') response.redirect(301, `https://${redirectHttpTo}${request.originalUrl}`);
      else next();
    });
  }
  if (sessions !== undefined) app.use(sessions.routes());
  app.get('/api/session', (request, response) => {
    const session = sessions?.of(request);
    neverCache(response);
    response.json({ hasLogin: sessions !== undefined, ...(session === undefined ? {} : session) });
  });
  app.use(jobRoutes(jobs));
  app.use(runRoutes({ jobs, gate, buildCluster: (alias) => kube.buildClusters.get(alias), podNamespace: () => current().pod_namespace, log }));
  app.use(historyRoutes({ gate, typeOfJob: (name) => typeOfJob(current(), name), layout: () => layoutOf(current()) }));
  app.use(actionRoutes({ jobs, prowJobs: kube.main.resource<ProwJob>(prowJobResource, namespace), gate: gateOf(config, github, sessions), sessions, createsJob: settings.rerunCreatesJob, clock, log }));
  if (settings.tideUrl !== undefined) app.use(tideRoutes(settings.tideUrl));
  const { cimasterUrl, cimasterTokenFile } = settings;
  if (cimasterUrl !== undefined) app.use(poolRoutes({ pool: clusterPoolClient({ url: cimasterUrl, attempts: 2, ...(cimasterTokenFile === undefined ? {} : { tokenFile: cimasterTokenFile }) }), operators, github, sessions, log }));
  if (settings.hookUrl !== undefined) app.use(pluginHelpRoutes(settings.hookUrl));
  app.get('/config-status', (_request, response) => {
    response.json(configStatus(config));
  });
  app.get('/plugin-config', (_request, response) => {
    sendText(response, stringify(config.current().plugins));
  });
  app.use(pageRoutes({ webDir: webDirOf(settings), hasTide: settings.tideUrl !== undefined, hasPool: cimasterUrl !== undefined, links: settings.links.map(linkOf) }));
  return {
    handler: app,
    isReady: () => informer.isSynced(),
    stop: async () => {
      unsubscribe();
      await informer.stop();
      await Promise.all([config.close(), github.close(), kube.close()]);
    },
  };
}

function checkFlags({ hiddenOnly, showHidden, tenantIds }: DeckSettings): void {
  if ([hiddenOnly, showHidden, tenantIds.length > 0].filter(Boolean).length > 1) throw new ProwError('PROW_DECK_FLAGS', '--hidden-only, --show-hidden and --tenant-id exclude one another');
}

/** Undefined without --oauth-url: nobody can sign in. @throws ProwError PROW_DECK_FLAGS */
function sessionsFrom(settings: DeckSettings, { log, clock }: Pick<AppHost, 'log' | 'clock'>): Sessions | undefined {
  const { oauthUrl, githubOauthConfigFile, cookieSecret, allowInsecure } = settings;
  if (oauthUrl === undefined || oauthUrl === '') return undefined;
  if (cookieSecret === undefined) throw new ProwError('PROW_DECK_FLAGS', '--cookie-secret is needed with --oauth-url');
  const addresses = { webUrl: githubWebUrlFrom(settings), apiUrl: (settings.githubEndpoints[0] ?? 'https://api.github.com').replace(/\/+$/, '') };
  return new Sessions({ oauth: readOAuthConfig(githubOauthConfigFile), addresses, seal: Seal.fromFile(cookieSecret), allowInsecure, clock, log });
}

function gateOf(config: ConfigSource, github: GitHubClient, sessions: Sessions | undefined): RerunGate {
  return new RerunGate({
    deck: () => config.current().config.deck,
    github,
    hasLogin: sessions !== undefined,
    isTrusted: async ({ org, repo, login }) => (await trustOfUser(github, { org, repo, login, rules: trustRules(config.current().plugins, org, repo) })).isTrusted,
  });
}

/** @throws ProwError PROW_DECK_FLAGS */
function operatorsOf({ poolUsers, poolOrgs, poolTeams }: DeckSettings): RerunAuthConfig {
  const teams = poolTeams.map((text) => {
    const [org = '', slug = '', ...more] = text.split('/');
    if (org === '' || slug === '' || more.length > 0) throw new ProwError('PROW_DECK_FLAGS', `--pool-github-team: found ${JSON.stringify(text)}, expected ORG/SLUG`);
    return { org, slug };
  });
  return { github_users: [...poolUsers], github_orgs: [...poolOrgs], github_team_slugs: teams };
}

function linkOf(text: string): { name: string; href: string } {
  const at = text.indexOf('=');
  const href = text.slice(at + 1);
  if (at < 1 || !/^(?:https?:\/\/|\/)/.test(href)) throw new ProwError('PROW_DECK_FLAGS', `--nav-link: found "${text}", expected NAME=URL`);
  return { name: text.slice(0, at), href };
}

/** Built, the pages lie beside the programs, whichever of those this code became part of. */
function webDirOf({ webDir }: DeckSettings): string {
  const dir = webDir ?? fileURLToPath(new URL('../deck-web', import.meta.url));
  if (!existsSync(`${dir}/main.js`)) throw new ProwError('PROW_DECK_WEB', `the built pages are not in ${dir}: run npm run build, or give --web-dir`);
  return dir;
}

function layoutOf(config: ProwConfig): LayoutConfiguration {
  return decorationEntries(config.plank).map(({ config: decoration }) => decoration?.gcs_configuration).find((layout) => layout !== undefined) ?? {};
}

function typeOfJob(config: ProwConfig, name: string): string | undefined {
  if (Object.values(config.presubmits).flat().some((job) => job.name === name)) return 'presubmit';
  if (Object.values(config.postsubmits).flat().some((job) => job.name === name)) return 'postsubmit';
  return config.periodics.some((job) => job.name === name) ? 'periodic' : undefined;
}

function configStatus(config: ConfigSource): object {
  const { ok, loadedAt, errors } = config.status();
  return { ok, loadedAt, version: config.current().version, errors: errors.map(({ code, message, file, line, column, path }) => ({ code, message, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line: line + 1, column: (column ?? 0) + 1 }), path })) };
}
