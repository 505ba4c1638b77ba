import type { Readable } from 'node:stream';
import { silentLogger, type Logger } from '@prow/base-log';
import { systemClock, type Clock } from '@prow/base-time';
import type { Informer, InformerOptions, KubeClient, KubeResource, PodLogOptions, ResourceApi, ResourceType } from './api.ts';
import { Connection } from './connection.ts';
import { ListWatchInformer } from './informer.ts';
import type { ContextConfig } from './kube-config.ts';
import { RestResource } from './rest-resource.ts';

export interface ClientOptions {
  log?: Logger;
  clock?: Clock;
}

/** A KubeClient over REST. */
export class RestClient implements KubeClient {
  readonly name: string;
  readonly server: string;
  private readonly connection: Connection;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly informers = new Set<Informer<KubeResource>>();

  constructor(context: ContextConfig, { log = silentLogger, clock = systemClock }: ClientOptions) {
    this.name = context.name;
    this.server = context.server;
    this.clock = clock;
    this.log = log.child({ cluster: context.name });
    this.connection = new Connection(context, clock);
  }

  takeCredentials(from: KubeClient): void {
    if (from instanceof RestClient) this.connection.renewFrom(from.connection);
  }

  resource<T extends KubeResource>(type: ResourceType<T>, namespace?: string): ResourceApi<T> {
    return new RestResource<T>(this.connection, this.clock, type, namespace);
  }

  async podLog(namespace: string, pod: string, options: PodLogOptions = {}): Promise<Readable> {
    const query = new URLSearchParams();
    for (const name of ['container', 'tailLines', 'sinceSeconds', 'limitBytes'] as const) if (options[name] !== undefined) query.set(name, String(options[name]));
    for (const name of ['follow', 'timestamps', 'previous'] as const) if (options[name]) query.set(name, 'true');
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query.toString()}`;
    return await this.connection.stream({ method: 'GET', path, accept: '*/*', signal: options.signal });
  }

  async getRaw(path: string, signal?: AbortSignal): Promise<string> {
    return await this.connection.text({ method: 'GET', path, accept: '*/*', signal });
  }

  informer<T extends KubeResource>(type: ResourceType<T>, options: InformerOptions = {}): Informer<T> {
    const informer = new ListWatchInformer<T>(new RestResource<T>(this.connection, this.clock, type, options.namespace), options, { clock: this.clock, log: this.log });
    this.informers.add(informer as unknown as Informer<KubeResource>);
    return informer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.informers].map((informer) => informer.stop()));
    this.connection.close();
  }
}
