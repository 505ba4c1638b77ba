// Tracing over OpenTelemetry's SDK. Loaded only when traces are wanted.
import { randomBytes } from 'node:crypto';
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind as OtelSpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type IdGenerator } from '@opentelemetry/sdk-trace-base';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { formatTraceparent, parseTraceparent, type TraceContext } from './traceparent.ts';
import { currentTraceparent, withinSpan, type RecordedSpan, type SpanDescription, type SpanKind, type Tracing } from './tracing.ts';

/** How long the end of a program waits for its last spans to be sent. */
const stopTimeoutMs = 2000;
/** A receiver that is away is told of once in this time, not with every batch. */
const complaintIntervalMs = 60_000;

const kinds: Readonly<Record<SpanKind, OtelSpanKind>> = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
};

export class OtlpTracing implements Tracing {
  readonly isOn = true;
  readonly #ids = new ChosenIds();
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  #stopping: Promise<void> | undefined;

  /** Endpoint, headers, sampler and limits are read from the environment by the SDK itself. Throws for an endpoint that is no URL. */
  constructor({ service, log, env }: { service: string; log: Logger; env: Readonly<Record<string, string | undefined>> }) {
    checkEndpoints(env);
    tellComplaints(log);
    const resource = defaultResource().merge(detectResources({ detectors: [envDetector] })).merge(resourceFromAttributes({ 'service.name': service }));
    this.#provider = new BasicTracerProvider({ resource, idGenerator: this.#ids, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
    this.#tracer = this.#provider.getTracer('prow');
  }

  async span<T>(description: SpanDescription, work: () => Promise<T>): Promise<T> {
    const span = this.#begin(description, {});
    const { traceId, spanId, traceFlags } = span.spanContext();
    try {
      return await withinSpan(formatTraceparent({ traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }), work);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      throw error;
    } finally {
      span.end();
    }
  }

  record(recorded: RecordedSpan): void {
    const span = this.#begin(recorded, { startTime: recorded.startedAtMs }, parseTraceparent(recorded.traceparent));
    if (recorded.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: recorded.error });
    span.end(Math.max(recorded.startedAtMs, recorded.endedAtMs));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #begin({ name, parent = currentTraceparent(), kind = 'internal', attributes = {} }: SpanDescription, times: { startTime?: number }, chosen?: TraceContext): Span {
    return this.#ids.during(chosen, () => this.#tracer.startSpan(name, { kind: kinds[kind], attributes, ...times }, contextOf(parent)));
  }

  async #stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, stopTimeoutMs);
    });
    await Promise.race([this.#provider.shutdown().catch(() => undefined), tooLong]);
    clearTimeout(timer);
  }
}

function contextOf(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true });
}

/** Random ids, except for spans that other programs must be able to name. */
class ChosenIds implements IdGenerator {
  #chosen: TraceContext | undefined;

  during<T>(chosen: TraceContext | undefined, begin: () => T): T {
    this.#chosen = chosen;
    try {
      return begin();
    } finally {
      this.#chosen = undefined;
    }
  }

  generateTraceId(): string {
    return this.#chosen?.traceId ?? randomHex(16);
  }

  generateSpanId(): string {
    return this.#chosen?.spanId ?? randomHex(8);
  }
}

function randomHex(bytes: number): string {
  const hex = randomBytes(bytes).toString('hex');
  return /^0*$/.test(hex) ? randomHex(bytes) : hex;
}

// The SDK itself would go on silently with its default endpoint.
function checkEndpoints(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const text = env[name] ?? '';
    if (text === '') continue;
    const protocol = URL.canParse(text) ? new URL(text).protocol : '';
    if (protocol !== 'http:' && protocol !== 'https:') throw new ProwError('PROW_TRACING_ENDPOINT', `${name}: expected an http:// or https:// URL, found ${JSON.stringify(text)}`);
  }
}

function tellComplaints(log: Logger): void {
  let quietUntilMs = 0;
  const tell = (message: string): void => {
    if (Date.now() < quietUntilMs) return;
    quietUntilMs = Date.now() + complaintIntervalMs;
    log.warn('traces could not be sent', { cause: message.slice(0, 500) });
  };
  const ignore = (): void => undefined;
  diag.setLogger({ error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
