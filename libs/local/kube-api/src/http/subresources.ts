// Subresources that are no part of an object: binding, eviction, tokens, and the reviews that store nothing.
import { formatTime } from '@prow/model-kube-types';
import { isJsonObject, metadataOf, type JsonObject } from '../api-object.ts';
import { authenticateToken } from '../access/authenticate.ts';
import type { Attributes, Authorizer } from '../access/authorize.ts';
import { issuer, type TokenAuthority } from '../access/tokens.ts';
import { objectKey, type Core, type User } from '../core.ts';
import { badRequest, conflict, forbidden, invalid, notFound } from '../status-error.ts';
import { invalidValue, requiredValue } from '../schema/field-error.ts';
import { deleteObject, parseDeleteOptions } from '../verbs/delete-object.ts';
import { presentObject, type Target } from '../verbs/write-object.ts';
import { countEvictionBudget } from './eviction-budget.ts';
import { textOf } from '../text-of.ts';

export interface Access {
  core: Core;
  tokens: TokenAuthority;
  authorizer: Authorizer;
}

function specOf(body: JsonObject): JsonObject {
  return isJsonObject(body['spec']) ? body['spec'] : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

const bindings = { group: '', plural: 'pods/binding' };

/** The body of a subresource is about the object of the URL. */
function assertNamed(body: JsonObject, name: string, kind: string): void {
  if (body['kind'] !== undefined && body['kind'] !== kind) throw badRequest(`${textOf(body['kind'])} in version ${JSON.stringify(body['apiVersion'] ?? '')} cannot be handled as a ${kind}`);
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  if (metadata['name'] !== name) throw badRequest(`name in URL does not match name in ${kind} object`);
}

/** Puts a pod on a node, once. upstream: pkg/registry/core/pod/storage (BindingREST) */
export async function bindPod(core: Core, target: Target, body: JsonObject): Promise<JsonObject> {
  assertNamed(body, target.name, 'Binding');
  const node = isJsonObject(body['target']) ? body['target'] : {};
  if (node['kind'] !== undefined && node['kind'] !== '' && node['kind'] !== 'Node') throw invalid({ group: '', kind: 'Binding' }, target.name, [invalidValue('target.kind', node['kind'], 'must be Node')]);
  if (typeof node['name'] !== 'string' || node['name'] === '') throw invalid({ group: '', kind: 'Binding' }, target.name, [requiredValue('target.name')]);
  const present = presentObject(core, target);
  const { object } = present;
  const spec = specOf(object);
  if (object.metadata.deletionTimestamp !== undefined) throw conflict(bindings, target.name, `pod ${target.name} is being deleted, cannot be assigned to a host`);
  if (spec['nodeName']) throw conflict(bindings, target.name, `pod ${target.name} is already assigned to node ${JSON.stringify(spec['nodeName'])}`);
  spec['nodeName'] = node['name'];
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  if (isJsonObject(metadata['annotations'])) object.metadata.annotations = { ...object.metadata.annotations, ...(metadata['annotations'] as Record<string, string>) };
  const status = isJsonObject(object['status']) ? object['status'] : {};
  setCondition(status, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(core.clock.now()) });
  object['status'] = status;
  await core.store.stage({ resource: 'pods', key: objectKey(target.namespace, target.name), type: 'MODIFIED', object, expectedRevision: present.revision }).committed;
  return success(201);
}

/** Deletes a pod unless a budget forbids it now. upstream: pkg/registry/core/pod/storage/eviction.go */
export async function evictPod(core: Core, target: Target, body: JsonObject, query: URLSearchParams): Promise<JsonObject> {
  assertNamed(body, target.name, 'Eviction');
  const { object } = presentObject(core, target);
  await countEvictionBudget(core, target, object);
  const options = parseDeleteOptions(isJsonObject(body['deleteOptions']) ? body['deleteOptions'] : undefined, query);
  if (!options.dryRun) await noteDisruption(core, target);
  await deleteObject(core, target, options);
  return success(201);
}

/** Why the pod goes, for those who look at it while it does. */
async function noteDisruption(core: Core, target: Target): Promise<void> {
  const { object, revision } = presentObject(core, target);
  if (object.metadata.deletionTimestamp !== undefined) return;
  const status = isJsonObject(object['status']) ? object['status'] : {};
  setCondition(status, { type: 'DisruptionTarget', status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(core.clock.now()), reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' });
  object['status'] = status;
  await core.store.stage({ resource: 'pods', key: objectKey(target.namespace, target.name), type: 'MODIFIED', object, expectedRevision: revision }).committed;
}

function setCondition(status: JsonObject, condition: JsonObject): void {
  const others = Array.isArray(status['conditions']) ? status['conditions'].filter((one: unknown) => !(isJsonObject(one) && one['type'] === condition['type'])) : [];
  status['conditions'] = [...others, condition];
}

function success(code: number): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
}

const minExpirationSeconds = 600;
const maxExpirationSeconds = 2 ** 32;

/** A token of a service account. upstream: pkg/registry/core/serviceaccount/storage/token.go */
export function requestToken({ core, tokens }: Access, target: Target, body: JsonObject): JsonObject {
  const { object } = presentObject(core, target);
  const spec = specOf(body);
  const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
  const expirationSeconds = Number(spec['expirationSeconds'] ?? 3600);
  if (!Number.isInteger(expirationSeconds) || expirationSeconds < minExpirationSeconds) {
    throw invalid(kind, '', [invalidValue('spec.expirationSeconds', spec['expirationSeconds'], 'may not specify a duration less than 10 minutes')]);
  }
  if (expirationSeconds > maxExpirationSeconds) throw invalid(kind, '', [invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]);
  const audiences = strings(spec['audiences']).length > 0 ? strings(spec['audiences']) : [issuer];
  const now = Math.floor(core.clock.now() / 1000);
  const bound = boundObject(core, target, spec['boundObjectRef']);
  const claims = {
    iss: issuer,
    sub: `system:serviceaccount:${target.namespace}:${target.name}`,
    aud: audiences,
    iat: now,
    nbf: now,
    exp: now + expirationSeconds,
    'kubernetes.io': { namespace: target.namespace, ...bound, serviceaccount: { name: target.name, uid: object.metadata.uid } },
  };
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: target.name, namespace: target.namespace, creationTimestamp: formatTime(core.clock.now()) },
    spec: { audiences, expirationSeconds, boundObjectRef: isJsonObject(spec['boundObjectRef']) ? spec['boundObjectRef'] : null },
    status: { token: tokens.issue(claims), expirationTimestamp: formatTime((now + expirationSeconds) * 1000) },
  };
}

function boundObject(core: Core, { namespace, name }: Target, reference: unknown): JsonObject {
  if (!isJsonObject(reference) || !reference['kind']) return {};
  const kinds: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };
  const storage = kinds[textOf(reference['kind'])];
  if (storage === undefined) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to type with group-version-kind ${textOf(reference['apiVersion'])}, Kind=${textOf(reference['kind'])}`);
  const objectName = textOf(reference['name'] ?? '');
  const resource = core.registry.find('', 'v1', storage);
  const version = core.store.get(storage, storage === 'nodes' ? objectName : objectKey(namespace, objectName));
  if (version === undefined) throw resource === undefined ? badRequest('unknown kind') : notFound(resource, objectName);
  const { uid } = metadataOf(version);
  if (reference['uid'] && reference['uid'] !== uid) throw conflict(resource ?? { group: '', plural: storage }, objectName, `the UID in the bound object reference (${textOf(reference['uid'])}) does not match the UID in record. The object might have been deleted and then recreated`);
  return { [textOf(reference['kind']).toLowerCase()]: { name: objectName, uid } };
}

/** `tokenreviews`, `subjectaccessreviews` and their relatives: answered, never stored. */
export function review(access: Access, kind: string, body: JsonObject, user: User, namespace: string): JsonObject {
  const spec = specOf(body);
  if (kind === 'TokenReview' && (typeof spec['token'] !== 'string' || spec['token'] === '')) throw badRequest('token is required for TokenReview in authentication');
  if (kind === 'SelfSubjectRulesReview' && !spec['namespace']) throw badRequest('no namespace on request');
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const answer = (apiVersion: string, status: JsonObject, withSpec = true): JsonObject => ({ kind, apiVersion, metadata, ...(withSpec ? { spec } : {}), status });
  switch (kind) {
    case 'TokenReview':
      return answer('authentication.k8s.io/v1', tokenReviewStatus(access, spec));
    case 'SelfSubjectReview':
      return answer('authentication.k8s.io/v1', { userInfo: userInfo(user) }, false);
    case 'SelfSubjectAccessReview':
      return answer('authorization.k8s.io/v1', decide(access, user, spec));
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      if (!spec['user'] && strings(spec['groups']).length === 0) throw invalid({ group: 'authorization.k8s.io', kind }, '', [invalidValue('spec.user', '', 'at least one of user or group must be specified')]);
      const asked = isJsonObject(spec['resourceAttributes']) ? spec['resourceAttributes'] : {};
      if (kind === 'LocalSubjectAccessReview' && asked['namespace'] !== namespace) throw invalid({ group: 'authorization.k8s.io', kind }, '', [invalidValue('spec.resourceAttributes.namespace', asked['namespace'], 'must match metadata.namespace')]);
      return answer('authorization.k8s.io/v1', decide(access, { name: textOf(spec['user'] ?? ''), groups: strings(spec['groups']) }, spec));
    }
    case 'SelfSubjectRulesReview': {
      const rules = access.authorizer.rulesFor(user, textOf(spec['namespace'] ?? ''));
      return answer('authorization.k8s.io/v1', {
        resourceRules: rules.filter((rule) => Array.isArray(rule['resources'])),
        nonResourceRules: rules.filter((rule) => Array.isArray(rule['nonResourceURLs'])),
        incomplete: false,
      });
    }
    default:
      throw badRequest(`${kind} cannot be created`);
  }
}

function tokenReviewStatus({ core, tokens }: Access, spec: JsonObject): JsonObject {
  const token = typeof spec['token'] === 'string' ? spec['token'] : '';
  const asked = strings(spec['audiences']);
  const audiences = asked.length > 0 ? asked : [issuer];
  const user = token === '' ? undefined : authenticateToken(core, tokens, token, audiences);
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: userInfo(user), audiences };
}

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}

function decide({ authorizer }: Access, user: User, spec: JsonObject): JsonObject {
  const resource = isJsonObject(spec['resourceAttributes']) ? spec['resourceAttributes'] : undefined;
  const other = isJsonObject(spec['nonResourceAttributes']) ? spec['nonResourceAttributes'] : undefined;
  if ((resource === undefined) === (other === undefined)) {
    throw invalid({ group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview' }, '', [invalidValue('spec.resourceAttributes', resource ?? null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')]);
  }
  const text = (from: JsonObject | undefined, field: string): string => (typeof from?.[field] === 'string' ? from[field] : '');
  const subresource = text(resource, 'subresource');
  const attributes: Attributes = {
    verb: text(resource ?? other, 'verb'),
    namespace: text(resource, 'namespace'),
    group: text(resource, 'group'),
    resource: `${text(resource, 'resource')}${subresource === '' ? '' : `/${subresource}`}`,
    name: text(resource, 'name'),
    path: text(other, 'path'),
  };
  const { allowed, reason } = authorizer.authorize(user, attributes);
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

export function forbiddenFor(user: User, { verb, namespace, group, resource, name, path }: Attributes): Error {
  const [plural = ''] = resource.split('/');
  if (plural === '') return forbidden({ group: '', plural: '' }, '', `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return forbidden({ group, plural }, name, `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`);
}

