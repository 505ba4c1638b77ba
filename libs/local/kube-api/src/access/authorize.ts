// Who may do what: everybody everything, or what roles grant. upstream: plugin/pkg/auth/authorizer/rbac/rbac.go
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { objectKey, type Core, type User } from '../core.ts';
import { textOf } from '../text-of.ts';

export type AuthorizationMode = 'AlwaysAllow' | 'RBAC';

export interface Attributes {
  verb: string;
  namespace: string;
  group: string;
  /** With the subresource: `pods/log`. Empty for paths outside of resources. */
  resource: string;
  name: string;
  /** For requests outside of resources. */
  path: string;
}

export interface Decision {
  allowed: boolean;
  reason: string;
}

const rbac = 'rbac.authorization.k8s.io';
const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);
const discoveryPaths = [/^\/api(\/|$)/, /^\/apis(\/|$)/, /^\/openapi(\/|$)/];

export class Authorizer {
  private readonly core: Core;
  private readonly mode: AuthorizationMode;

  constructor(core: Core, mode: AuthorizationMode) {
    this.core = core;
    this.mode = mode;
  }

  authorize(user: User, attributes: Attributes): Decision {
    if (user.groups.includes('system:masters')) return { allowed: true, reason: '' };
    if (this.mode === 'AlwaysAllow') return { allowed: user.groups.includes('system:authenticated'), reason: '' };
    if (attributes.resource === '' && this.isPublic(user, attributes)) return { allowed: true, reason: 'discovery is open to everybody who is known' };
    if (isSelfReview(attributes) && user.groups.includes('system:authenticated')) return { allowed: true, reason: 'everybody may ask about themselves' };
    for (const { binding, namespace } of this.bindingsFor(user, attributes.namespace)) {
      const rules = this.rulesOf(binding, namespace);
      if (rules.some((rule) => allows(rule, attributes))) {
        const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
        const { name } = binding['metadata'] as { name: string };
        const role = isJsonObject(binding['roleRef']) ? binding['roleRef'] : {};
        return { allowed: true, reason: `RBAC: allowed by ${kind} "${namespace === '' ? name : `${name}/${namespace}`}" of ${String(role['kind'])} "${String(role['name'])}" to ${describeUser(user)}` };
      }
    }
    return { allowed: false, reason: '' };
  }

  /** All rules that apply to the user in a namespace, for SelfSubjectRulesReview. */
  rulesFor(user: User, namespace: string): JsonObject[] {
    if (user.groups.includes('system:masters') || this.mode === 'AlwaysAllow') {
      return [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];
    }
    return [...this.bindingsFor(user, namespace)].flatMap(({ binding, namespace: inside }) => this.rulesOf(binding, inside));
  }

  private isPublic(user: User, { path, verb }: Attributes): boolean {
    if (verb !== 'get' && verb !== 'head') return false;
    if (publicPaths.has(path)) return true;
    return user.groups.includes('system:authenticated') && discoveryPaths.some((pattern) => pattern.test(path));
  }

  private *bindingsFor(user: User, namespace: string): Generator<{ binding: JsonObject; namespace: string }> {
    for (const binding of this.objects(`clusterrolebindings.${rbac}`, '')) if (bindsTo(binding, user, '')) yield { binding, namespace: '' };
    if (namespace === '') return;
    for (const binding of this.objects(`rolebindings.${rbac}`, namespace)) if (bindsTo(binding, user, namespace)) yield { binding, namespace };
  }

  private *objects(storage: string, namespace: string): Generator<JsonObject> {
    const { store } = this.core;
    const collection = store.collection(storage);
    const { start, end } = collection.range(namespace === '' ? '' : `${namespace}/`);
    for (const key of collection.keys().slice(start, end)) {
      const version = store.get(storage, key);
      if (version !== undefined) yield JSON.parse(version.body.toString()) as JsonObject;
    }
  }

  private rulesOf(binding: JsonObject, namespace: string): JsonObject[] {
    const roleRef = isJsonObject(binding['roleRef']) ? binding['roleRef'] : {};
    const name = textOf(roleRef['name'] ?? '');
    const isCluster = roleRef['kind'] === 'ClusterRole';
    const version = this.core.store.get(isCluster ? `clusterroles.${rbac}` : `roles.${rbac}`, isCluster ? name : objectKey(namespace, name));
    if (version === undefined) return [];
    const role = JSON.parse(version.body.toString()) as JsonObject;
    const rules = Array.isArray(role['rules']) ? role['rules'].filter(isJsonObject) : [];
    // Within a namespace a cluster role grants nothing outside of resources.
    return namespace === '' ? rules : rules.map(({ nonResourceURLs: _urls, ...rule }) => rule);
  }
}

const selfReviews = new Set(['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']);

function isSelfReview({ resource, verb }: Attributes): boolean {
  return verb === 'create' && selfReviews.has(resource);
}

function describeUser(user: User): string {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
  return account === null ? `User "${user.name}"` : `ServiceAccount "${account[2]}/${account[1]}"`;
}

function bindsTo(binding: JsonObject, user: User, namespace: string): boolean {
  const subjects = Array.isArray(binding['subjects']) ? binding['subjects'].filter(isJsonObject) : [];
  return subjects.some(({ kind, name, namespace: own }) => {
    if (kind === 'User') return name === user.name;
    if (kind === 'Group') return user.groups.includes(String(name));
    return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${textOf(own ?? namespace)}:${textOf(name)}`;
  });
}

function allows(rule: JsonObject, { verb, group, resource, name, path }: Attributes): boolean {
  const has = (field: string, ...values: string[]): boolean => {
    const list = rule[field];
    return Array.isArray(list) && (list.includes('*') || values.some((value) => list.includes(value)));
  };
  if (!has('verbs', verb)) return false;
  if (resource === '') {
    const urls = rule['nonResourceURLs'];
    return Array.isArray(urls) && urls.some((url: unknown) => url === '*' || url === path || (typeof url === 'string' && url.endsWith('*') && path.startsWith(url.slice(0, -1))));
  }
  const slash = resource.indexOf('/');
  const wildcards = slash < 0 ? [] : [`*/${resource.slice(slash + 1)}`];
  if (!has('apiGroups', group) || !has('resources', resource, ...wildcards)) return false;
  const names = rule['resourceNames'];
  return !Array.isArray(names) || names.length === 0 || names.includes(name);
}
