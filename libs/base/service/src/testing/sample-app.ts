// An app with each way to answer, slow and endless ones among them. Started as a process by run-app.int.test.ts.
import { appendFileSync } from 'node:fs';
import { Counter } from 'prom-client';
import { ProwError } from '@prow/base-errors';
import { booleanFlag, durationFlag, stringFlag } from '@prow/base-flags';
import { newExpressApp, readBody, runApp, type AppDefinition } from '../index.ts';

const flags = {
  record: stringFlag('record', { help: 'A file that gets a line for each step of the life.', default: '' }),
  failStart: booleanFlag('fail-start', { help: 'Fail to start.' }),
  slowStop: durationFlag('slow-stop', { help: 'How long the end takes.', default: '0s' }),
} as const;

export const sampleApp: AppDefinition<typeof flags> = {
  name: 'sample',
  summary: 'An app for tests.',
  examples: ['sample --port=0'],
  flags,
  defaultPort: 0,
  graceMs: 1500,
  start: async (settings, { log, metrics }) => {
    const note = (line: string): void => {
      if (settings.record !== '') appendFileSync(settings.record, `${line}\n`);
    };
    if (settings.failStart) throw new ProwError('PROW_SAMPLE_START', 'the sample cannot start: no such file config.yaml');
    const requests = new Counter({ name: 'sample_requests_total', help: 'Requests.', registers: [metrics] });
    const app = newExpressApp({ log });
    let isReady = true;
    const endless = new Set<() => void>();
    app.get('/hello', (_request, response) => {
      requests.inc();
      response.send('hello\n');
    });
    app.get('/slow', (request, response) => {
      note('slow begins');
      setTimeout(() => response.send('done\n'), Number(request.query['ms']));
    });
    app.get('/endless', (_request, response) => {
      response.write('begin\n');
      endless.add(() => response.end('end\n'));
    });
    app.get('/refused', () => { throw new ProwError('PROW_SAMPLE_REFUSED', 'no such cluster', { httpStatus: 409 }); });
    app.get('/crash', (_request, response) => {
      response.send('ok');
      setTimeout(() => { throw new Error('nobody expected this'); }, 10);
    });
    app.get('/broken', async () => { throw new Error('a secret detail'); });
    app.post('/body', async (request, response) => response.send(String((await readBody(request, { maxBytes: 1000 })).length)));
    app.post('/unready', (_request, response) => {
      isReady = false;
      response.send('ok');
    });
    note('started');
    return {
      handler: app,
      isReady: () => isReady,
      beginStop: () => {
        note('begin stop');
        for (const end of endless) end();
      },
      stop: async () => {
        note('stop');
        await new Promise((resolve) => setTimeout(resolve, settings.slowStop));
        note('stopped');
      },
    };
  },
};

if (process.argv.includes('--run')) await runApp(sampleApp, process.argv.slice(2).filter((word) => word !== '--run'));
