// Spans of work, joined across programs by W3C trace contexts, sent to an OTLP endpoint when one is configured.
export { currentTraceparent, noTracing } from './tracing.ts';
export type { RecordedSpan, SpanDescription, SpanKind, Tracing } from './tracing.ts';
export { isTraceparent, traceparentOf } from './traceparent.ts';
export { tracingFrom } from './tracing-from.ts';
export type { TracingOptions } from './tracing-from.ts';
