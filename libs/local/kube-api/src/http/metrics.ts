// What /metrics shows, under upstream's names where it has them.
import type { ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Core } from '../core.ts';
import type { RequestInfo } from './request-info.ts';
import type { ResourceHandler } from './resource-handler.ts';

export class Metrics {
  private readonly registry = new Registry();
  private readonly core: Core;
  private readonly requests: Counter;
  private readonly durations: Histogram;

  constructor(core: Core, resources: ResourceHandler) {
    this.core = core;
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    this.requests = new Counter({ name: 'apiserver_request_total', help: 'Answered requests', labelNames: ['verb', 'resource', 'code'], registers });
    this.durations = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time from request to answer, watches excepted',
      labelNames: ['verb', 'resource'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    const { store } = core;
    new Gauge({ name: 'apiserver_longrunning_requests', help: 'Open watches', registers, collect() { this.set(resources.openWatches); } });
    new Gauge({ name: 'apiserver_storage_revision', help: 'Revision of the last durable write', registers, collect() { this.set(store.revision); } });
    new Gauge({
      name: 'apiserver_storage_objects',
      help: 'Stored objects',
      labelNames: ['resource'],
      registers,
      collect() {
        this.reset();
        for (const resource of store.resources()) this.set({ resource }, store.collection(resource).size);
      },
    });
  }

  observe(info: RequestInfo & { verb: string }, response: ServerResponse): void {
    const startedMs = this.core.clock.now();
    // Names of resources that do not exist must not become series of their own.
    const known = info.isResource && this.core.registry.find(info.group, info.version, info.plural) !== undefined;
    const resource = known ? info.plural : '';
    response.once('close', () => {
      this.requests.inc({ verb: info.verb, resource, code: String(response.statusCode) });
      if (info.verb !== 'watch') this.durations.observe({ verb: info.verb, resource }, (this.core.clock.now() - startedMs) / 1000);
    });
  }

  async text(): Promise<string> {
    return await this.registry.metrics();
  }
}
