// Spans as a real OTLP/HTTP receiver gets them.
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { startOtlpReceiver, type OtlpReceiver } from '@prow/testing-harness';
import { traceparentOf } from './traceparent.ts';
import { tracingFrom } from './tracing-from.ts';
import { currentTraceparent, noTracing } from './tracing.ts';

let receiver: OtlpReceiver | undefined;

afterEach(async () => {
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_RESOURCE_ATTRIBUTES']) delete process.env[name];
  await receiver?.stop();
  receiver = undefined;
});

test('nested work, recorded spans and failures arrive, joined', async () => {
  receiver = await startOtlpReceiver();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.endpoint;
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment=test';
  const tracing = await tracingFrom({ service: 'hook', log: silentLogger });
  const delivery = traceparentOf('72d3162e-cc78-11e3-81ab-4c9367dc0958');
  const job = '00-72d3162ecc7811e381ab4c9367dc0958-00f067aa0ba902b7-01';
  let inner: string | undefined;
  await tracing.span({ name: 'plugin', parent: delivery, kind: 'consumer', attributes: { plugin: 'trigger' } }, async () => {
    inner = currentTraceparent();
    await expect(tracing.span({ name: 'create' }, () => Promise.reject(new Error('the API is away')))).rejects.toThrow('the API is away');
  });
  tracing.record({ name: 'delivery', traceparent: delivery, startedAtMs: 1_700_000_000_000, endedAtMs: 1_700_000_000_250, kind: 'server' });
  tracing.record({ name: 'prowjob', traceparent: job, parent: inner, startedAtMs: 1_700_000_001_000, endedAtMs: 1_700_000_009_000, error: 'failure' });
  expect(currentTraceparent()).toBeUndefined();
  await tracing.stop();
  const spans = new Map(receiver.spans.map((span) => [span.name, span]));
  expect([...spans.keys()].toSorted()).toEqual(['create', 'delivery', 'plugin', 'prowjob']);
  expect(new Set(receiver.spans.map((span) => span.traceId))).toEqual(new Set(['72d3162ecc7811e381ab4c9367dc0958']));
  expect(spans.get('plugin')).toMatchObject({ parentSpanId: delivery.slice(36, 52), kind: 5, attributes: { plugin: 'trigger' }, resource: { 'service.name': 'hook', 'deployment.environment': 'test' } });
  expect(spans.get('create')).toMatchObject({ parentSpanId: spans.get('plugin')?.spanId, status: { code: 2, message: 'the API is away' } });
  expect(spans.get('delivery')).toMatchObject({ spanId: delivery.slice(36, 52), startedAtMs: 1_700_000_000_000, endedAtMs: 1_700_000_000_250 });
  expect(spans.get('prowjob')).toMatchObject({ spanId: job.slice(36, 52), parentSpanId: spans.get('plugin')?.spanId, status: { code: 2, message: 'failure' } });
}, 60_000);

test('a receiver that is away is told of, and keeps nobody from ending', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:9';
  process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '500';
  const warnings: unknown[] = [];
  const log = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const tracing = await tracingFrom({ service: 'hook', log });
  expect(await tracing.span({ name: 'work' }, () => Promise.resolve(7))).toBe(7);
  await tracing.stop();
  expect(warnings.length).toBeLessThanOrEqual(1);
}, 60_000);

test('off without an endpoint, and with one that is none', async () => {
  const errors: unknown[] = [];
  const log = { ...silentLogger, error: (_message: string, fields?: unknown) => void errors.push(fields) };
  expect(await tracingFrom({ service: 'hook', log, env: {} })).toBe(noTracing);
  expect(await tracingFrom({ service: 'hook', log, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' } })).toBe(noTracing);
  expect(errors).toEqual([]);
  expect(await tracingFrom({ service: 'hook', log, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' } })).toBe(noTracing);
  expect(errors).toEqual([{ endpoint: 'collector:4318', cause: 'OTEL_EXPORTER_OTLP_ENDPOINT: expected an http:// or https:// URL, found "collector:4318"' }]);
  expect(await noTracing.span({ name: 'work' }, () => Promise.resolve(currentTraceparent()))).toBeUndefined();
});
