// Every part, once: what `npm start` runs. Each part is what it is in production, with settings that name addresses and files.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join, resolve } from 'node:path';
import { flagDefaults } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import type { Clock } from '@prow/base-time';
import { cimasterApp, poolCallNames } from '@prow/cimaster';
import { deckApp } from '@prow/deck';
import { hookApp } from '@prow/hook';
import { manualTriggerApp } from '@prow/manual-trigger';
import { plankApp } from '@prow/plank';
import { tideApp } from '@prow/tide';
import { checkoutDir } from './checkout.ts';
import { deriveConfig } from './derive-config.ts';
import { frontDoor } from './front-door.ts';
import { runtimeOf } from './kube-app.ts';
import type { LocalSettings } from './local-flags.ts';
import { servedRepos, startGitHub } from './start-github.ts';
import { startKube } from './start-kube.ts';

export interface RunningSystem {
  handler: RequestListener;
  /** For the greeting, and for `npm run demo`. */
  addresses: { frontDoor: string; cimaster: string; github: string; githubApi: string; kubernetes: string; kubeconfig: string; node: string; tokens: Record<string, string> };
  stop(): Promise<void>;
}

export async function startSystem(settings: LocalSettings, { frontDoorUrl, address, log, clock }: { frontDoorUrl: string; address: string; log: Logger; clock: Clock }): Promise<RunningSystem> {
  const checkout = checkoutDir();
  const dataDir = resolve(settings.dataDir);
  const configDir = resolve(settings.configDir ?? join(checkout, 'configs'));
  const artifactsDir = join(dataDir, 'artifacts');
  const gitConfig = join(dataDir, 'gitconfig');
  const kubeconfig = join(dataDir, 'kubeconfig');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const repos = servedRepos(settings.repos);
  const stops: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    // The last started first: nothing loses what it stands on.
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const hmacFile = await secretFile(join(dataDir, 'hmac'));
    // The local GitHub asks nobody for an app's secret; deck has one all the same, as on github.com.
    const oauthFile = join(dataDir, 'oauth.yaml');
    if (!existsSync(oauthFile)) await writeFile(oauthFile, `client_id: prow\nclient_secret: ${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
    const cookieSecret = join(dataDir, 'cookie-secret');
    if (!existsSync(cookieSecret)) await writeFile(cookieSecret, randomBytes(32).toString('base64'), { mode: 0o600 });
    // Read by git in pods when it runs, written once the local GitHub's address is known.
    if (!existsSync(gitConfig)) await writeFile(gitConfig, '');
    const [kube, seeded] = await settleBoth(
      startKube({
        dataDir,
        port: settings.kubePort,
        address,
        portFlag: 'kube-port',
        kubeconfigOut: kubeconfig,
        namespaces: ['test-pods', 'ci'],
        node: { runtime: runtimeOf(settings.runtime), imagesDir: settings.imagesDir ?? join(checkout, 'images'), toolsDir: join(checkout, 'dist'), artifactsDir, gitConfig },
        log,
        clock,
      }),
      startGitHub({
        dataDir,
        port: settings.githubPort,
        address,
        seedPath: join(configDir, 'local-github.yaml'),
        checkout,
        repos,
        hook: { url: `${frontDoorUrl}/hook`, secret: readFileSync(hmacFile, 'utf8') },
        log,
        clock,
      }),
      stops,
    );
    const { github, bot, tokens } = seeded;
    // Jobs that name a repository without its address mean github.com; here that is the local one.
    await writeFile(gitConfig, `[url "${github.url}/"]\n\tinsteadOf = https://github.com/\n`);
    const tokenFile = join(dataDir, 'github-token');
    await writeFile(tokenFile, tokens[bot] ?? '', { mode: 0o600 });
    const config = await deriveConfig({ configDir, outDir: join(dataDir, 'config'), addresses: { frontDoor: frontDoorUrl, github: github.url, artifactsDir }, repos, log });
    stops.push(() => config.close());

    const shared = {
      configPath: config.configPath,
      jobConfigPaths: config.jobConfigPaths,
      pluginConfig: config.pluginConfig,
      configCacheDir: '',
      kubeconfig,
      githubEndpoints: [github.apiUrl],
      githubGraphqlEndpoint: github.graphqlUrl,
      githubHost: github.url,
      githubTokenPath: tokenFile,
      gitCacheDir: join(dataDir, 'git-cache'),
    };
    const run = async (name: string, starting: Promise<StartedApp>): Promise<StartedApp> => {
      const app = await starting;
      stops.push(() => app.stop());
      log.debug('part started', { part: name });
      return app;
    };
    const host = (part: string, port?: number) => ({ log: log.child({ part }), clock, address, ...(port === undefined ? {} : { port }) });
    // Tide is asked by deck over HTTP, as in production; the others are reached through the front door.
    const [hook, , tide, trigger, cimaster] = await Promise.all([
      run('hook', startApp(hookApp, { ...flagDefaults(hookApp.flags), ...shared, hmacSecretFile: hmacFile, dataDir: join(dataDir, 'hook'), gracePeriodMs: 2000, deckUrl: frontDoorUrl, navLinks: ['Tide=/tide', 'Pool=/pool', 'Events=/events', 'Commands=/command-help', `GitHub=${github.url}/`], eventsAllowAnyone: true }, host('hook'))),
      run('plank', startApp(plankApp, { ...flagDefaults(plankApp.flags), ...shared, leaderElection: false }, host('plank'))),
      run('tide', startApp(tideApp, { ...flagDefaults(tideApp.flags), ...shared }, host('tide', 0))),
      run('manual-trigger', startApp(manualTriggerApp, { ...flagDefaults(manualTriggerApp.flags), ...shared, allowedEnv: ['CLUSTER'] }, host('manual-trigger'))),
      run('cimaster', startApp(cimasterApp, { ...flagDefaults(cimasterApp.flags), kubeconfig, leaseGraceMs: settings.leaseGraceMs, manualTriggerUrl: frontDoorUrl, deckUrl: frontDoorUrl, historyBucket: `file://${join(dataDir, 'pool-history')}` }, host('cimaster'))),
    ]);
    const deck = await run('deck', startApp(deckApp, { ...flagDefaults(deckApp.flags), ...shared, tideUrl: tide.url ?? '', rerunCreatesJob: true, oauthUrl: '/github-login', githubOauthConfigFile: oauthFile, cookieSecret, cimasterUrl: `${frontDoorUrl}/cimaster`, poolOrgs: ['tess', 'local'], links: [`Events=/events`, `Commands=/command-help`, `GitHub=${github.url}/`] }, host('deck')));
    return {
      handler: frontDoor(
        [
          { prefix: '/hook', handler: hook.handler },
          { prefix: '/plugin-help', handler: hook.handler },
          { prefix: '/command-help', handler: hook.handler },
          { prefix: '/events', handler: hook.handler },
          { prefix: '/manual-trigger', handler: trigger.handler },
          { prefix: '/v1', handler: trigger.handler },
          { prefix: '/cimaster', handler: cimaster.handler, strips: true, calls: poolCallNames },
        ],
        deck.handler,
      ),
      addresses: { frontDoor: frontDoorUrl, cimaster: `${frontDoorUrl}/cimaster`, github: github.url, githubApi: github.apiUrl, kubernetes: kube.url, kubeconfig, node: kube.node?.description ?? '', tokens },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts both at once; if one fails, the other is stopped. */
async function settleBoth<A extends { stop(): Promise<unknown> }, B extends { github: { stop(): Promise<unknown> } }>(kube: Promise<A>, github: Promise<B>, stops: (() => Promise<unknown> | void)[]): Promise<[A, B]> {
  const results = await Promise.allSettled([kube, github]);
  const [first, second] = results;
  if (first.status === 'fulfilled') stops.push(() => first.value.stop());
  if (second.status === 'fulfilled') stops.push(() => second.value.github.stop());
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

/** A secret of this machine, made once. */
async function secretFile(path: string): Promise<string> {
  if (!existsSync(path)) await writeFile(path, randomBytes(24).toString('hex'), { mode: 0o600 });
  return path;
}
