// What a URL asks for. upstream: apiserver/pkg/endpoints/request/requestinfo.go
import { badRequest, methodNotAllowed, noSuchResource } from '../status-error.ts';

export interface RequestInfo {
  path: string;
  query: URLSearchParams;
  /** False for discovery, health, metrics and the like. */
  isResource: boolean;
  group: string;
  version: string;
  namespace: string;
  plural: string;
  name: string;
  subresource: string;
  /** What follows a subresource, as `proxy` has it. */
  rest: string[];
  /** The namespace that counts for a resource: none for cluster-wide ones. */
  namespaceOf(resource: { namespaced: boolean }): string;
}

const maxUrlLength = 64 * 1024;
/** Resources answer to these alone, not even to HEAD. */
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function parseRequest(method: string, url: string): RequestInfo & { verb: string } {
  if (url.length > maxUrlLength) throw badRequest('the URL is too long');
  const questionMark = url.indexOf('?');
  const path = questionMark < 0 ? url : url.slice(0, questionMark);
  const query = new URLSearchParams(questionMark < 0 ? '' : url.slice(questionMark + 1));
  const info: RequestInfo & { verb: string } = {
    path,
    query,
    isResource: false,
    group: '',
    version: '',
    namespace: '',
    plural: '',
    name: '',
    subresource: '',
    rest: [],
    verb: method.toLowerCase(),
    namespaceOf(resource) {
      return resource.namespaced ? this.namespace : '';
    },
  };
  const parts: string[] = splitPath(path);
  const root = parts[0];
  if (root === 'api' && parts.length >= 3) [, info.version = ''] = parts.splice(0, 2);
  else if (root === 'apis' && parts.length >= 4) [, info.group = '', info.version = ''] = parts.splice(0, 3);
  else return info;
  info.isResource = true;
  if (!methods.has(method)) throw methodNotAllowed();
  if (hasEmptySegment(path)) throw noSuchResource();
  const isWatchPath = parts[0] === 'watch' && parts.length > 1;
  if (isWatchPath) parts.shift();
  readResource(parts, info);
  info.verb = verbOf(method, info, isWatchPath);
  return info;
}

function readResource(parts: string[], info: RequestInfo): void {
  if (parts[0] === 'namespaces' && parts.length > 1) {
    const isNamespaceItself = parts.length === 2 || (parts.length === 3 && (parts[2] === 'status' || parts[2] === 'finalize'));
    info.namespace = parts[1] ?? '';
    if (!isNamespaceItself) parts.splice(0, 2);
  }
  [info.plural = '', info.name = '', info.subresource = ''] = parts;
  info.rest = parts.slice(3);
  if (info.plural === 'namespaces' && info.name !== '') info.namespace = info.name;
}

function verbOf(method: string, info: RequestInfo, isWatchPath: boolean): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return info.name === '' ? 'deletecollection' : 'delete';
    case 'GET':
      // A name is got, whatever is asked besides.
      if (isWatchPath || (info.name === '' && isWatch(info.query.get('watch')))) return 'watch';
      return info.name === '' ? 'list' : 'get';
    default:
      return method.toLowerCase();
  }
}

/** As upstream reads booleans of a query: whatever does not say no. */
function isWatch(value: string | null): boolean {
  return value !== null && !['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(value);
}

/** `//` in the midst: a server that routes by paths knows no such place. */
function hasEmptySegment(path: string): boolean {
  return path.slice(1).replace(/\/$/, '').split('/').includes('');
}

/** Go's strconv.ParseBool, where a bare `?watch` counts as well. */
export function isTrue(value: string | null): boolean {
  return value !== null && ['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}

function splitPath(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '') continue;
    let decoded = part;
    try {
      if (part.includes('%')) decoded = decodeURIComponent(part);
    } catch {
      throw badRequest('the path is not valid percent-encoded UTF-8');
    }
    if (decoded.includes('/')) throw noSuchResource();
    if (decoded === '.' || decoded === '..' || decoded.includes('\0')) {
      throw badRequest(`Name parameter invalid: ${JSON.stringify(decoded.slice(0, 100))}: may not be '${decoded.replaceAll('\0', '')}'`);
    }
    parts.push(decoded);
  }
  return parts;
}
