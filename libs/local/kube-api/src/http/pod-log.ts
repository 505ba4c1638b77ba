// GET pods/log: the container's log from the kubelet of the pod's node, passed on as it comes.
// upstream: pkg/registry/core/pod/strategy.go (LogLocation)
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { fromStoredText, isJsonObject, type JsonObject } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';
import { forbiddenField, invalidValue, type FieldError } from '../schema/field-error.ts';
import { badRequest, internalError, invalid, notFound, StatusError } from '../status-error.ts';
import { readPath } from '../wire/json-path.ts';
import type { ResourceRequest } from './resource-handler.ts';
import { isTrue } from './request-info.ts';

const connectTimeoutMs = 10_000;

export async function answerPodLog(core: Core, { request, response, info, resource }: ResourceRequest, kubeletToken: string): Promise<void> {
  const version = core.store.get('pods', objectKey(info.namespace, info.name));
  if (version === undefined) throw notFound(resource, info.name);
  const query = logQuery(info.query, info.name);
  const pod = fromStoredText(version.body, { apiVersion: 'v1', kind: 'Pod' });
  const container = containerOf(pod, info.name, info.query.get('container') ?? '');
  const nodeName = isJsonObject(pod['spec']) ? pod['spec']['nodeName'] : undefined;
  if (typeof nodeName !== 'string' || nodeName === '') {
    // As upstream: nothing to stream from is no content, not an empty log.
    response.writeHead(204).end();
    return;
  }
  const node = kubeletOf(core, nodeName);
  const path = `/containerLogs/${[info.namespace, info.name, container].map(encodeURIComponent).join('/')}?${query.toString()}`;
  const upstream = await openLog({ ...node, path, token: kubeletToken });
  if (upstream.statusCode !== 200) {
    const text = await firstBytes(upstream);
    throw new StatusError({ code: upstream.statusCode === 404 ? 404 : 400, reason: upstream.statusCode === 404 ? 'NotFound' : 'BadRequest', message: text });
  }
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  request.once('close', () => upstream.destroy());
  await pipeline(upstream, response).catch(() => response.destroy());
}

export function containerOf(pod: JsonObject, name: string, wanted: string): string {
  const names = ['containers', 'initContainers', 'ephemeralContainers'].map((list) => readPath(pod, `.spec.${list}[*].name`).map(String));
  const [containers = []] = names;
  if (wanted === '') {
    if (containers.length === 1) return containers[0] as string;
    const init = names[1] ?? [];
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''}`);
  }
  if (!names.flat().includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  return wanted;
}

export function kubeletOf(core: Core, nodeName: string): { host: string; port: number } {
  const definition = core.registry.find('', 'v1', 'nodes');
  const version = core.store.get('nodes', nodeName);
  if (version === undefined) throw definition === undefined ? internalError('no nodes') : notFound(definition, nodeName);
  const node = fromStoredText(version.body, { apiVersion: 'v1', kind: 'Node' });
  const address = ['InternalIP', 'Hostname', 'ExternalIP'].map((type) => readPath(node, `.status.addresses[?(@.type=="${type}")].address`)[0]).find((one) => typeof one === 'string');
  const port = readPath(node, '.status.daemonEndpoints.kubeletEndpoint.Port')[0];
  if (typeof address !== 'string' || typeof port !== 'number') throw internalError(`node ${nodeName} names no address and port of its kubelet`);
  return { host: address, port };
}

/** upstream: pkg/apis/core/validation (ValidatePodLogOptions) */
function logQuery(query: URLSearchParams, pod: string): URLSearchParams {
  const passed = new URLSearchParams();
  const errors: FieldError[] = [];
  for (const name of ['follow', 'previous', 'timestamps', 'insecureSkipTLSVerifyBackend']) if (query.has(name) && isTrue(query.get(name))) passed.set(name, 'true');
  for (const [name, least] of [['tailLines', 0], ['limitBytes', 1], ['sinceSeconds', 1]] as const) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text.slice(0, 50))}: invalid syntax`);
    const value = Number(text);
    if (value < least) errors.push(invalidValue(name, value, least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'));
    else passed.set(name, text);
  }
  for (const name of ['sinceTime', 'stream']) {
    const value = query.get(name);
    if (value !== null) passed.set(name, value.slice(0, 100));
  }
  if (query.has('sinceSeconds') && query.has('sinceTime')) errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors);
  return passed;
}

function openLog({ host, port, path, token }: { host: string; port: number; path: string; token: string }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path, headers: { Authorization: `Bearer ${token}` }, agent: false }, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const timer = setTimeout(() => request.destroy(new Error('timed out')), connectTimeoutMs);
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(internalError(`Get "http://${host}:${port}${path.split('?')[0]}": ${error.message}`));
    });
  });
}

export async function firstBytes(stream: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > 4096) break;
  }
  return text.slice(0, 4096).trim();
}
