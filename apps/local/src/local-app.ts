import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createLogger } from '@prow/base-log';
import { listen, type AppDefinition } from '@prow/base-service';
import { greeting } from './greeting.ts';
import { localFlags } from './local-flags.ts';
import { servedRepos } from './start-github.ts';
import { startSystem, type RunningSystem } from './start-system.ts';

/** The whole system in one process: what `npm start` runs. */
export const localApp: AppDefinition<typeof localFlags> = {
  name: 'local',
  summary: 'The whole system in one process: embedded Kubernetes with a node, a local GitHub, hook, plank, tide, deck, manual-trigger, cimaster.',
  examples: ['npm start', 'npm start -- --port 9000 --github-port 9001 --kube-port 9002', 'npm start -- --repo ../my-project'],
  flags: localFlags,
  defaultPort: 8080,
  servesItself: true,
  start: async (settings, { log: hostLog, clock, listenOn }) => {
    const startedAt = performance.now();
    const log = settings.verbose ? hostLog : createLogger({ name: 'local', level: 'warn' });
    let system: RunningSystem | undefined;
    // The address comes first: links and webhooks name it. Requests before the system is up are told to come back.
    const listening = await listen({
      port: listenOn.port,
      address: listenOn.address,
      handler: (request, response) => {
        if (system !== undefined) system.handler(request, response);
        else response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' }).end('starting\n');
      },
    });
    try {
      system = await startSystem(settings, { frontDoorUrl: listening.url, address: listenOn.address, log, clock });
    } catch (error) {
      listening.closeNow();
      await listening.drain();
      throw error;
    }
    const running = system;
    await writeFile(join(resolve(settings.dataDir), 'local.json'), `${JSON.stringify(running.addresses, null, 2)}\n`, { mode: 0o600 });
    process.stdout.write(greeting(running.addresses, { elapsedMs: performance.now() - startedAt, repos: servedRepos(settings.repos).map(({ name }) => name), colors: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined }));
    return {
      url: listening.url,
      stop: async () => {
        const drained = listening.drain();
        await running.stop();
        listening.closeNow();
        await drained;
      },
    };
  },
};
