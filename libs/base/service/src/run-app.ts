import { collectDefaultMetrics, Registry } from 'prom-client';
import { messageOf, ProwError } from '@prow/base-errors';
import { integerFlag, parseFlags, stringFlag, type Flags, type FlagValues } from '@prow/base-flags';
import { createLogger, type Logger, type LogLevel } from '@prow/base-log';
import { graceOf, type AppDefinition } from './app-definition.ts';
import { newExpressApp } from './express-app.ts';
import { listen, type Listening } from './listen.ts';
import { addHealth, addMetrics } from './root-handler.ts';
import { startApp, type StartedApp } from './start-app.ts';

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];
/** After its grace, an app's last spans may be on their way this long. */
const lastSpansMs = 2000;
const portRange = { min: 0, max: 65_535 };

function processFlags(defaultPort: number) {
  return {
    port: integerFlag('port', { help: 'The port to serve on; 0 takes any free one, which the line "ready URL" tells.', default: defaultPort, ...portRange }),
    address: stringFlag('address', { help: 'The address to serve on; 0.0.0.0 serves every network this machine is in.', default: '127.0.0.1' }),
    logLevel: stringFlag('log-level', { help: `What is logged: ${logLevels.join(', ')}.`, default: 'info' }),
    healthPort: integerFlag('health-port', { help: 'Serves /healthz and /healthz/ready on this port as well. Not given: only on --port.', ...portRange }),
    metricsPort: integerFlag('metrics-port', { help: 'Serves /metrics on this port as well. Not given: only on --port.', ...portRange }),
    pprofPort: integerFlag('pprof-port', { help: 'Serves /debug/memory (the memory figures of this process) on this port. Not given: nowhere.', ...portRange }),
  } as const;
}

/**
 * The whole life of an app as a process: flags, start, the line `ready URL` on standard output, signals, exit code.
 * SIGINT and SIGTERM stop it gracefully (exit code 0); a second one, or the end of the grace, ends it at once.
 * What prevents the start is told on standard error in one line, with exit code 1 (2 for a bad command line).
 */
export async function runApp<F extends Flags>(definition: AppDefinition<F>, argv: readonly string[]): Promise<void> {
  const own = processFlags(definition.defaultPort);
  const merged = { ...own, ...definition.flags } as typeof own & F;
  const program = { program: definition.name, summary: definition.summary, examples: definition.examples };
  let settings: FlagValues<typeof own & F>;
  try {
    const parsed = parseFlags(merged, argv, program);
    if (parsed.kind === 'help') {
      process.stdout.write(parsed.text);
      return;
    }
    settings = parsed.values;
    checkLogLevel(settings.logLevel as string);
  } catch (error) {
    process.stderr.write(`${definition.name}: ${messageOf(error)}\n`);
    process.exitCode = 2;
    return;
  }
  await runWith(definition, settings as FlagValues<F> & FlagValues<typeof own>);
}

async function runWith<F extends Flags>(definition: AppDefinition<F>, settings: FlagValues<F> & FlagValues<ReturnType<typeof processFlags>>): Promise<void> {
  const log = createLogger({ name: definition.name, level: settings.logLevel as LogLevel });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  let extra: Listening[] = [];
  let app: StartedApp;
  const signals = waitForSignal(definition.name);
  endOnUnexpected(log);
  // A start that hangs must not keep a user who wants to stop it.
  let isStarting = true;
  void signals.first.then((signal) => {
    if (!isStarting) return;
    setTimeout(() => {
      if (isStarting) process.exit(signal === 'SIGINT' ? 130 : 143);
    }, graceOf(definition, settings)).unref();
  });
  try {
    app = await startApp(definition, settings, { log, metrics, port: settings.port, address: settings.address });
    try {
      extra = await listenExtra(app, settings, log);
    } catch (error) {
      await app.stop();
      throw error;
    }
  } catch (error) {
    process.stderr.write(`${definition.name}: ${messageOf(error)}\n`);
    if (!(error instanceof ProwError)) log.error('start failed', { error });
    process.exit(1);
  }
  isStarting = false;
  process.stdout.write(`ready ${app.url}\n`);
  const signal = await signals.first;
  log.info('stopping', { signal });
  const graceMs = graceOf(definition, settings);
  const overdue = setTimeout(() => {
    log.error('stop took longer than its grace, ending now', { graceMs });
    process.exit(1);
  }, graceMs + lastSpansMs + 500);
  try {
    await app.stop();
    for (const each of extra) each.closeNow();
    await Promise.all(extra.map((each) => each.drain()));
  } catch (error) {
    log.error('stop failed', { error });
    process.exit(1);
  }
  clearTimeout(overdue);
  log.info('stopped');
  process.exit(0);
}

/** State is on disk or in the Kubernetes API, so after an error nobody expected, beginning anew is the safe way on. */
function endOnUnexpected(log: Logger): void {
  const end = (error: unknown): void => {
    log.error('unexpected error, ending', { error });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  // Whoever read our output may go away; the work goes on.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** The first SIGINT or SIGTERM resolves; any further one ends the process at once. */
function waitForSignal(program: string): { first: Promise<NodeJS.Signals> } {
  let received = 0;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      received += 1;
      if (received === 1) resolve(signal);
      else {
        process.stderr.write(`${program}: second ${signal}, ending at once\n`);
        process.exit(signal === 'SIGINT' ? 130 : 143);
      }
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
  return { first };
}

async function listenExtra(app: StartedApp, settings: FlagValues<ReturnType<typeof processFlags>>, log: Logger): Promise<Listening[]> {
  const wanted: { flag: string; port: number; add: (server: ReturnType<typeof newExpressApp>) => void }[] = [];
  if (settings.healthPort !== undefined) wanted.push({ flag: 'health-port', port: settings.healthPort, add: (server) => addHealth(server, () => app.isReady()) });
  if (settings.metricsPort !== undefined) wanted.push({ flag: 'metrics-port', port: settings.metricsPort, add: (server) => addMetrics(server, app.metrics) });
  if (settings.pprofPort !== undefined) {
    wanted.push({ flag: 'pprof-port', port: settings.pprofPort, add: (server) => server.get('/debug/memory', (_request, response) => void response.json(process.memoryUsage())) });
  }
  const listening: Listening[] = [];
  for (const { flag, port, add } of wanted) {
    const server = newExpressApp({ log });
    add(server);
    try {
      const each = await listen({ port, address: settings.address, handler: server, portFlag: flag });
      listening.push(each);
      log.info('also serving', { for: flag, url: each.url });
    } catch (error) {
      for (const each of listening) each.closeNow();
      throw error;
    }
  }
  return listening;
}

function checkLogLevel(text: string): void {
  if (!logLevels.some((level) => level === text)) throw new ProwError('PROW_FLAGS_VALUE', `--log-level: found ${JSON.stringify(text)}, expected one of ${logLevels.join(', ')}`);
}
