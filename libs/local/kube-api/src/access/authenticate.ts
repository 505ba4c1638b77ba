// upstream: apiserver/pkg/authentication, pkg/serviceaccount
import type { IncomingMessage } from 'node:http';
import { isJsonObject, metadataOf, type JsonObject } from '../api-object.ts';
import { objectKey, type Core, type User } from '../core.ts';
import { issuer, type TokenAuthority } from './tokens.ts';
import { textOf } from '../text-of.ts';

export const administrator: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The user of a request; undefined for credentials that are wrong; anonymous for none. */
export function authenticateRequest(core: Core, tokens: TokenAuthority, request: IncomingMessage): User | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return anonymous;
  const match = /^Bearer\s+(\S+)$/i.exec(header);
  return match?.[1] === undefined ? undefined : authenticateToken(core, tokens, match[1]);
}

/** The user a token stands for, as TokenReview asks as well. */
export function authenticateToken(core: Core, tokens: TokenAuthority, token: string, audiences: readonly string[] = [issuer]): User | undefined {
  if (tokens.isAdmin(token)) return administrator;
  const claims = verified(tokens, token);
  if (claims === undefined) return undefined;
  const nowSeconds = core.clock.now() / 1000;
  if (typeof claims['exp'] !== 'number' || claims['exp'] < nowSeconds) return undefined;
  if (typeof claims['nbf'] === 'number' && claims['nbf'] > nowSeconds + 60) return undefined;
  const granted = Array.isArray(claims['aud']) ? claims['aud'] : [];
  if (claims['iss'] !== issuer || !audiences.some((one) => granted.includes(one))) return undefined;
  return serviceAccountOf(core, claims);
}

function verified(tokens: TokenAuthority, token: string): JsonObject | undefined {
  try {
    return tokens.verify(token);
  } catch {
    return undefined;
  }
}

/** A token dies with its service account, and with the pod or secret it is bound to. */
function serviceAccountOf({ store }: Core, claims: JsonObject): User | undefined {
  const bound = isJsonObject(claims['kubernetes.io']) ? claims['kubernetes.io'] : {};
  const namespace = textOf(bound['namespace'] ?? '');
  const account = isJsonObject(bound['serviceaccount']) ? bound['serviceaccount'] : {};
  const name = textOf(account['name'] ?? '');
  const present = store.get('serviceaccounts', objectKey(namespace, name));
  if (present === undefined || metadataOf(present).uid !== account['uid']) return undefined;
  const extra: Record<string, readonly string[]> = {};
  for (const [kind, storage] of [['pod', 'pods'], ['secret', 'secrets'], ['node', 'nodes']] as const) {
    const object = bound[kind];
    if (!isJsonObject(object)) continue;
    const key = storage === 'nodes' ? String(object['name']) : objectKey(namespace, String(object['name']));
    const holder = store.get(storage, key);
    if (kind !== 'node' && (holder === undefined || metadataOf(holder).uid !== object['uid'])) return undefined;
    extra[`authentication.kubernetes.io/${kind}-name`] = [String(object['name'])];
    extra[`authentication.kubernetes.io/${kind}-uid`] = [String(object['uid'])];
  }
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid: String(account['uid']),
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}
