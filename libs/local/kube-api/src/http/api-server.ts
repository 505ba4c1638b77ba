// The server: who asks, may they, and which part answers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { authenticateRequest } from '../access/authenticate.ts';
import type { Attributes } from '../access/authorize.ts';
import type { JsonObject } from '../api-object.ts';
import type { User } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { badRequest, methodNotAllowed, noSuchResource, notImplemented, unauthorized } from '../status-error.ts';
import { decodeProtobuf } from '../wire/protobuf.ts';
import { answerError, answerJson, answerText } from './answer.ts';
import { DocumentHandler } from './documents.ts';
import { Metrics } from './metrics.ts';
import { answerPodLog } from './pod-log.ts';
import { PodStreams, refuse, type Upgrade } from './pod-streams.ts';
import { asObject, mediaTypeOf, parseJson, parseYaml, readBody } from './read-body.ts';
import { parseRequest, type RequestInfo } from './request-info.ts';
import { answerScale } from './scale.ts';
import { ResourceHandler, targetOf, type ResourceRequest } from './resource-handler.ts';
import { bindPod, evictPod, forbiddenFor, requestToken, review, type Access } from './subresources.ts';

const reviewKinds = new Set(['TokenReview', 'SelfSubjectReview', 'SelfSubjectAccessReview', 'SubjectAccessReview', 'LocalSubjectAccessReview', 'SelfSubjectRulesReview']);
const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

export interface ApiServerOptions extends Access {
  kubeletToken: string;
  /** `host:port`, for discovery. */
  address: () => string;
  isReady: () => boolean;
  maxWatches: number;
}

export class ApiServer {
  private readonly options: ApiServerOptions;
  private readonly resources: ResourceHandler;
  private readonly documents: DocumentHandler;
  private readonly metrics: Metrics;
  private readonly streams: PodStreams;

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.resources = new ResourceHandler(options.core, options.maxWatches);
    this.documents = new DocumentHandler(options);
    this.metrics = new Metrics(options.core, this.resources);
    this.streams = new PodStreams(options.core, options.kubeletToken);
  }

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    this.handle(request, response).catch(async (error: unknown) => {
      // A writer that lost against another must be able to read what that one wrote.
      if (request.method !== 'GET') await this.options.core.store.settled();
      answerError(response, error);
      this.log(request, error);
    });
  };

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    this.connect({ request, socket, head }).catch((error: unknown) => {
      refuse({ request, socket, head }, error);
      this.log(request, error);
    });
  };

  endWatches(): void {
    this.resources.endWatches();
    this.streams.endAll();
  }

  private async connect(upgrade: Upgrade): Promise<void> {
    const info = parseRequest(upgrade.request.method ?? 'GET', upgrade.request.url ?? '/');
    this.assertAllowed(this.impersonated(upgrade.request, this.identify(upgrade.request, info.path)), info);
    await this.streams.connect(upgrade, info);
  }

  private log(request: IncomingMessage, error: unknown): void {
    const { log } = this.options.core;
    const fields = { method: request.method, path: request.url?.split('?')[0], error };
    const isOurFault = !(error instanceof Error && error.name === 'StatusError');
    if (isOurFault) log.error('a request failed unexpectedly', fields);
    else log.debug('request refused', fields);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
    this.metrics.observe(info, response);
    const user = this.impersonated(request, this.identify(request, info.path));
    this.assertAllowed(user, info);
    if (!info.isResource) {
      if (info.path === '/metrics') answerText(response, 200, await this.metrics.text());
      else await this.documents.handle(request, response, info.path);
      return;
    }
    const { core } = this.options;
    const resource = core.registry.find(info.group, info.version, info.plural);
    if (resource === undefined) {
      const isKnownGroup = core.registry.all().some(({ group }) => group === info.group);
      if (isKnownGroup) throw noSuchResource();
      answerText(response, 404, '404 page not found\n');
      return;
    }
    const context: ResourceRequest = { request, response, info, resource, user };
    if (info.subresource === '' && !reviewKinds.has(resource.kind) && resource.kind !== 'Binding') await this.resources.handle(context);
    else await this.handleSpecial(context);
  }

  private identify(request: IncomingMessage, path: string): User {
    const user = authenticateRequest(this.options.core, this.options.tokens, request);
    if (user === undefined) throw unauthorized();
    if (user.name === 'system:anonymous' && !openPaths.has(path) && !path.startsWith('/healthz/') && !path.startsWith('/readyz/') && !path.startsWith('/livez/')) throw unauthorized();
    return user;
  }

  /** Whoever may do everything may ask as somebody else. upstream: apiserver/pkg/endpoints/filters/impersonation.go */
  private impersonated(request: IncomingMessage, user: User): User {
    const wanted = request.headers['impersonate-user'];
    if (typeof wanted !== 'string' || wanted === '') return user;
    if (!user.groups.includes('system:masters')) throw forbiddenFor(user, { verb: 'impersonate', namespace: '', group: '', resource: 'users', name: wanted, path: '' });
    const header = request.headers['impersonate-group'];
    const groups = header === undefined ? [] : String(header).split(/,\s*/);
    const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(wanted);
    if (account !== null && groups.length === 0) groups.push('system:serviceaccounts', `system:serviceaccounts:${account[1]}`);
    return { name: wanted, groups: [...new Set([...groups, 'system:authenticated'])] };
  }

  private assertAllowed(user: User, info: RequestInfo & { verb: string }): void {
    if (user.name === 'system:anonymous') return;
    const attributes: Attributes = {
      verb: info.verb,
      namespace: info.plural === 'namespaces' ? info.name : info.namespace,
      group: info.group,
      resource: `${info.plural}${info.subresource === '' ? '' : `/${info.subresource}`}`,
      name: info.name,
      path: info.path,
    };
    if (!this.options.authorizer.authorize(user, attributes).allowed) throw forbiddenFor(user, attributes);
  }

  /** Subresources, and the kinds that are asked instead of stored. */
  private async handleSpecial(context: ResourceRequest): Promise<void> {
    const { request, response, info, resource, user } = context;
    const { core } = this.options;
    if (info.subresource === '') {
      if (request.method !== 'POST') throw methodNotAllowed();
      const body = await bodyOf(request, resource);
      if (resource.kind === 'Binding') answerJson(response, 201, await bindPod(core, bindingTarget(context, body, core.registry.find('', 'v1', 'pods')), body));
      else answerJson(response, 201, review(this.options, resource.kind, body, user, info.namespace));
      return;
    }
    switch (`${resource.storage}/${info.subresource}`) {
      case 'pods/log':
        if (info.verb !== 'get') throw methodNotAllowed();
        return await answerPodLog(core, context, this.options.kubeletToken);
      case 'pods/binding':
        return answerJson(response, 201, await bindPod(core, targetOf(context), await bodyOf(postOnly(request), resource)));
      case 'pods/eviction':
        return answerJson(response, 201, await evictPod(core, targetOf(context), await bodyOf(postOnly(request), resource), info.query));
      case 'serviceaccounts/token':
        return answerJson(response, 201, requestToken(this.options, targetOf(context), await bodyOf(postOnly(request), resource)));
      case 'pods/exec':
      case 'pods/attach':
        throw badRequest('Upgrade request required');
      case 'pods/portforward':
        throw notImplemented(`${info.plural}/${info.subresource}`);
      default:
        if (!['get', 'update', 'patch'].includes(info.verb)) throw methodNotAllowed();
        if (info.subresource === 'scale') return await answerScale(core, context);
        if (info.subresource !== 'status' && info.subresource !== 'finalize') throw noSuchResource();
        if (!(resource.subresources ?? []).some(({ name }) => name === info.subresource)) throw noSuchResource();
        return await this.resources.handle(context);
    }
  }
}

function postOnly(request: IncomingMessage): IncomingMessage {
  if (request.method !== 'POST') throw methodNotAllowed();
  return request;
}

function bindingTarget({ info }: ResourceRequest, body: JsonObject, pods: Resource | undefined): ReturnType<typeof targetOf> {
  const metadata = body['metadata'] as { name?: string } | undefined;
  if (pods === undefined) throw noSuchResource();
  return { resource: pods, namespace: info.namespace, name: metadata?.name ?? '' };
}

async function bodyOf(request: IncomingMessage, resource: Resource): Promise<JsonObject> {
  const type = mediaTypeOf(request.headers['content-type']);
  const body = await readBody(request);
  if (type === 'protobuf') return decodeProtobuf(body, resource);
  return asObject(type === 'yaml' ? parseYaml(body) : parseJson(body));
}
