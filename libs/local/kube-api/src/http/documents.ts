// Everything that is not a resource: discovery, OpenAPI, version, health, keys.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../api-object.ts';
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from '../registry/discovery.ts';
import { openApiIndex, openApiV2, openApiV3 } from '../registry/open-api.ts';
import { encodeOpenApiV2 } from '../registry/open-api-protobuf.ts';
import { issuer } from '../access/tokens.ts';
import { methodNotAllowed } from '../status-error.ts';
import { answerJson, answerText } from './answer.ts';
import type { ApiServerOptions } from './api-server.ts';
import { negotiate, openApiProtobufType, wantsOpenApiProtobuf } from './negotiate.ts';

/** What `kubectl version` shows: the API of this version is what is served. */
export const serverVersion: JsonObject = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.4+prow',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'typescript',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

const discoveryType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

type HealthKind = 'healthz' | 'livez' | 'readyz';

export class DocumentHandler {
  private readonly options: ApiServerOptions;
  private readonly cache = new Map<string, { generation: number; body: string | Buffer; etag: string }>();

  constructor(options: ApiServerOptions) {
    this.options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    const { registry } = this.options.core;
    const parts = path.split('/').filter((part) => part !== '');
    switch (parts[0]) {
      case 'healthz':
      case 'livez':
      case 'readyz':
        return this.answerHealth(request, response, parts as [HealthKind, ...string[]]);
      case 'version':
        return answerJson(response, 200, JSON.stringify(serverVersion, null, 2));
      case 'api':
      case 'apis': {
        const isCore = parts[0] === 'api';
        if (parts.length === 1) return this.answerRoot(request, response, isCore);
        const document = isCore ? (parts.length === 2 ? resourceList(registry, '', parts[1] ?? '') : undefined) : this.groupOrVersion(parts);
        return document === undefined ? answerText(response, 404, '404 page not found\n') : answerJson(response, 200, document);
      }
      case 'openapi':
        return this.answerOpenApi(request, response, path, parts);
      case '.well-known':
        if (path === '/.well-known/openid-configuration') {
          return answerJson(response, 200, { issuer, jwks_uri: `http://${this.options.address()}/openid/v1/jwks`, response_types_supported: ['id_token'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'] });
        }
        return answerText(response, 404, '404 page not found\n');
      case 'openid':
        return path === '/openid/v1/jwks' ? answerJson(response, 200, this.options.tokens.keySet()) : answerText(response, 404, '404 page not found\n');
      case undefined:
        return answerJson(response, 200, { paths: ['/api', '/api/v1', '/apis', ...registry.groups().filter(({ group }) => group !== '').flatMap(({ group, versions }) => [`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`)]), '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] });
      default:
        return answerText(response, 404, '404 page not found\n');
    }
  }

  /** `?verbose` lists the checks, `?exclude=NAME` leaves one out, `/livez/NAME` asks for one. upstream: apiserver/pkg/server/healthz */
  private answerHealth(request: IncomingMessage, response: ServerResponse, [kind, name, ...more]: [HealthKind, ...string[]]): void {
    const query = new URL(request.url ?? '/', 'http://server').searchParams;
    const all = new Map([['ping', true], ['log', true], ...(kind === 'readyz' ? [['storage', this.options.isReady()] as const] : [])]);
    if (name !== undefined && (more.length > 0 || !all.has(name))) return answerText(response, 404, '404 page not found\n');
    const excluded = query.getAll('exclude');
    const checked = [...all].filter(([one]) => (name === undefined ? !excluded.includes(one) : one === name));
    const isWell = checked.every(([, ok]) => ok);
    if (isWell && (name !== undefined || !query.has('verbose'))) return answerText(response, 200, 'ok');
    const lines = checked.map(([one, ok]) => (ok ? `[+]${one} ok` : `[-]${one} failed: reason withheld`));
    answerText(response, isWell ? 200 : 500, `${[...lines, `${kind} check ${isWell ? 'passed' : 'failed'}`].join('\n')}\n`);
  }

  private answerRoot(request: IncomingMessage, response: ServerResponse, isCore: boolean): void {
    const { registry } = this.options.core;
    if (negotiate(request.headers.accept, ['discovery', 'json']) === 'discovery') {
      this.answerCached(request, response, { name: isCore ? 'discovery-core' : 'discovery', type: discoveryType, make: () => aggregatedDiscovery(registry, isCore) });
    } else answerJson(response, 200, isCore ? coreVersions(this.options.address()) : groupList(registry));
  }

  private groupOrVersion(parts: string[]): JsonObject | undefined {
    const { registry } = this.options.core;
    const [, group = '', version = ''] = parts;
    if (parts.length === 2) return groupDocument(registry, group);
    return parts.length === 3 ? resourceList(registry, group, version) : undefined;
  }

  private answerOpenApi(request: IncomingMessage, response: ServerResponse, path: string, parts: string[]): void {
    const { registry } = this.options.core;
    const json = 'application/json';
    if (path === '/openapi/v3') {
      return this.answerCached(request, response, { name: path, type: json, make: () => openApiIndex(registry, (name) => this.cached(`/openapi/v3/${name}`, () => openApiV3(registry, name) ?? {}).etag) });
    }
    if (path === '/openapi/v2') {
      const isProtobuf = wantsOpenApiProtobuf(request.headers.accept);
      return this.answerCached(request, response, isProtobuf ? { name: `${path} protobuf`, type: openApiProtobufType, make: () => encodeOpenApiV2(openApiV2(registry)) } : { name: path, type: json, make: () => openApiV2(registry) });
    }
    const name = parts.slice(2).join('/');
    if (parts[1] !== 'v3' || openApiV3(registry, name) === undefined) return answerText(response, 404, '404 page not found\n');
    this.answerCached(request, response, { name: path, type: json, make: () => openApiV3(registry, name) ?? {} });
  }

  private cached(name: string, make: () => JsonObject | Buffer): { body: string | Buffer; etag: string } {
    const { generation } = this.options.core.registry;
    let found = this.cache.get(name);
    if (found === undefined || found.generation !== generation) {
      const made = make();
      const body = Buffer.isBuffer(made) ? made : JSON.stringify(made);
      found = { generation, body, etag: createHash('sha512').update(body).digest('hex').toUpperCase() };
      this.cache.set(name, found);
    }
    return found;
  }

  private answerCached(request: IncomingMessage, response: ServerResponse, { name, type, make }: { name: string; type: string; make: () => JsonObject | Buffer }): void {
    const { body, etag } = this.cached(name, make);
    const quoted = `"${etag}"`;
    if (request.headers['if-none-match'] === quoted) {
      response.writeHead(304, { ETag: quoted, Vary: 'Accept' });
      response.end();
    } else answerJson(response, 200, body, { 'Content-Type': type, ETag: quoted, Vary: 'Accept' });
  }
}
