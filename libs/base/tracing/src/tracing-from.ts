import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { noTracing, type Tracing } from './tracing.ts';

export interface TracingOptions {
  /** `service.name` of the spans, unless OTEL_SERVICE_NAME says otherwise. */
  service: string;
  log: Logger;
  /** Default: the program's environment. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Tracing as OpenTelemetry's variables ask for it: on with OTEL_EXPORTER_OTLP_ENDPOINT or
 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (OTLP over HTTP, JSON), off with OTEL_SDK_DISABLED=true or
 * OTEL_TRACES_EXPORTER=none. While it is off nothing of the library is loaded. Never rejects: a program works without
 * its traces.
 */
export async function tracingFrom({ service, log, env = process.env }: TracingOptions): Promise<Tracing> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || '';
  const isOff = endpoint === '' || env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
  if (isOff) return noTracing;
  try {
    const { OtlpTracing } = await import('./otlp-tracing.ts');
    return new OtlpTracing({ service: env['OTEL_SERVICE_NAME'] || service, log, env });
  } catch (error) {
    log.error('traces can not be sent; going on without', { endpoint, cause: messageOf(error) });
    return noTracing;
  }
}
