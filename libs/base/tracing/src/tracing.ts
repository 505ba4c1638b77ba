// What programs record of their work. The contract; who implements it decides where spans go.
import { AsyncLocalStorage } from 'node:async_hooks';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanDescription {
  /** A constant of few values, such as `hook plugin`: what varies is an attribute. */
  name: string;
  /** Traceparent of the span above. Default: that of the work in which this is called; none: a new trace. */
  parent?: string | undefined;
  /** Default internal. */
  kind?: SpanKind;
  attributes?: Readonly<Record<string, string | number | boolean>>;
}

export interface RecordedSpan extends SpanDescription {
  /** Its own traceparent, where other programs must be able to name it; in the trace of `parent`, if there is one. */
  traceparent?: string;
  startedAtMs: number;
  endedAtMs: number;
  /** What went wrong; absent: nothing. */
  error?: string | undefined;
}

export interface Tracing {
  /** False: every call below costs nothing and records nothing. */
  readonly isOn: boolean;
  /** Does the work within a span, which ends with it; a rejection is recorded and passed on. Spans begun by the work are below it. */
  span<T>(span: SpanDescription, work: () => Promise<T>): Promise<T>;
  /** A span whose times are known. */
  record(span: RecordedSpan): void;
  /** Sends what is recorded, for a few seconds at most. Never rejects. Idempotent. */
  stop(): Promise<void>;
}

export const noTracing: Tracing = {
  isOn: false,
  span: (_span, work) => work(),
  record: () => undefined,
  stop: () => Promise.resolve(),
};

const surrounding = new AsyncLocalStorage<string>();

/** Traceparent of the span in which the caller works; undefined outside of any, and while tracing is off. */
export function currentTraceparent(): string | undefined {
  return surrounding.getStore();
}

/** For implementations of `Tracing`. */
export function withinSpan<T>(traceparent: string, work: () => Promise<T>): Promise<T> {
  return surrounding.run(traceparent, work);
}
