import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { AppHost, RunningApp } from '@prow/base-service';
import { configSourceFrom } from '@prow/clients-config-source';
import { gitClientFrom } from '@prow/clients-git';
import { githubClientFrom, githubTokensFrom, githubWebUrlFrom, prometheusMetrics } from '@prow/clients-github';
import { kubeClientsFrom } from '@prow/clients-kube';
import { servicesFrom } from '@prow/clients-services';
import { openStore } from '@prow/clients-store';
import { HmacSecretFile, Inbox } from '@prow/engine-inbox';
import { OwnersReader } from '@prow/engine-owners';
import { builtInPlugins, EventRunner, HelpAgent, kubeConfigMaps, kubeProwJobs } from '@prow/engine-plugins';
import { startEventSources } from './event-sources.ts';
import type { HookSettings } from './flags.ts';
import { deckUrlOf, hookPages } from './hook-pages.ts';
import { handleDeliveries } from './handle-deliveries.ts';
import { hookHttp } from './hook-http.ts';
import { createHookMetrics } from './hook-metrics.ts';
import { jobsOfRepository } from './jobs-of-repository.ts';
import { inboxFolder } from './inbox-folder.ts';
import { isRepositoryHandled } from './org-filter.ts';
import { ownersSettings } from './owners-settings.ts';
import { loadPluginModules } from './plugin-modules.ts';
import { warnOfUnknownPlugins } from './warn-of-unknown-plugins.ts';

/** Builds the parts and joins them. */
export async function startHook(settings: HookSettings, { log, clock, metrics: registry, tracing }: AppHost): Promise<RunningApp> {
  if (settings.pluginConfig === undefined) throw new ProwError('PROW_HOOK_FLAGS', '--plugin-config: expected the path of plugins.yaml, found nothing');
  const deckUrl = deckUrlOf(settings);
  const secrets = await openSecrets(settings, { log, clock });
  const source = await configSourceFrom(settings, { log, clock, metrics: registry });
  const { dir, isTemporary } = inboxFolder(settings);
  if (isTemporary) log.warn('deliveries are kept in the temporary folder; give --data-dir to keep them', { dir });
  const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(registry), cacheDir: join(dir, 'github') });
  const git = gitClientFrom(settings, { log, webUrl: githubWebUrlFrom(settings), credentials: githubTokensFrom(settings, clock), dryRun: settings.dryRun });
  const kube = await kubeClientsFrom(settings, { log, clock });
  const store = openStore(dir);
  const plugins = [...builtInPlugins, ...(await loadPluginModules({ names: settings.pluginModules, fromDir: process.cwd(), builtIn: builtInPlugins.map(({ name }) => name) }))];

  const runner = new EventRunner({
    plugins,
    github,
    git,
    prowJobs: kubeProwJobs({ kube: kube.main, namespace: () => source.current().config.prowjob_namespace, clock, isDryRun: settings.dryRun, log }),
    services: servicesFrom(settings, { isDryRun: settings.dryRun, log }),
    configMaps: kubeConfigMaps({ kube, isDryRun: settings.dryRun, log }),
    owners: new OwnersReader({ git, github, clock, settingsFor: (org, repo) => ownersSettings(source.current(), org, repo) }),
    jobs: jobsOfRepository({ source, git }),
    config: () => source.current(),
    commandHelpUrl: deckUrl === undefined ? undefined : `${deckUrl}/command-help`,
    clock,
    log,
    onHandled: ({ plugin, eventType, action, tookAction, durationMs, failed }) => {
      const labels = { event_type: eventType, action, plugin, took_action: String(tookAction) };
      metrics.handleSeconds.observe(labels, durationMs / 1000);
      if (failed) metrics.handleErrors.inc(labels);
    },
  });
  const inbox = new Inbox({
    store,
    clock,
    log,
    handlers: handleDeliveries({ runner, plugins: () => source.current().plugins, isHandled: (name) => isRepositoryHandled(settings, name), clock, tracing }),
    forgetsFinished: isTemporary,
    onGivenUp: (_record, handler) => metrics.givenUp.inc({ handler }),
  });
  const metrics = createHookMetrics(registry, { depth: () => inbox.depth });
  const pages = hookPages({ settings, githubUrl: githubWebUrlFrom(settings), config: () => source.current().config });
  const helpAgent = new HelpAgent({ plugins, config: () => source.current().plugins, github, clock, log });
  const stopWarning = warnOfUnknownPlugins({ source, names: plugins.map(({ name }) => name), log });
  inbox.start();
  const sources = startEventSources({ settings, inbox, github, plugins: () => source.current().plugins, log, clock });
  return {
    handler: hookHttp({ inbox, tokens: () => secrets?.tokens ?? new Map(), helpAgent, metrics, webhookPath: settings.webhookPath, pages, log }),
    isReady: () => true,
    stop: async () => {
      stopWarning();
      await sources.stop();
      await inbox.stop({ graceMs: settings.gracePeriodMs });
      secrets?.close();
      await Promise.all([source.close(), github.close(), git.close(), kube.close()]);
      await store.close();
    },
  };
}

/** A program that GitHub cannot reach needs no secret; without one, every webhook call is refused. */
async function openSecrets(settings: HookSettings, host: Pick<AppHost, 'log' | 'clock'>): Promise<HmacSecretFile | undefined> {
  try {
    return await HmacSecretFile.open({ path: settings.hmacSecretFile, ...host });
  } catch (error) {
    if (settings.eventSource !== 'poll') throw error;
    return undefined;
  }
}
