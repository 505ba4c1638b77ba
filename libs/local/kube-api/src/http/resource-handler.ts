// Requests for resources: from the verb to the answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../api-object.ts';
import { isJsonObject } from '../api-object.ts';
import { objectKey, type Core, type User, type WriteOptions } from '../core.ts';
import { fromWireForm } from '../kinds/events.ts';
import { kindRules } from '../kinds/kind-rules.ts';
import type { Resource } from '../registry/resource.ts';
import { badRequest, invalidOptions, methodNotAllowed, noSuchResource, notFound, tooManyRequests, type OptionsKind } from '../status-error.ts';
import { forbiddenField, invalidValue, requiredValue, tooLong, unsupportedValue } from '../schema/field-error.ts';
import { includeObjectOf, makeTable } from '../table/make-table.ts';
import { decodeObject } from '../verbs/decode-object.ts';
import { answersWithObject, deletedStatus, deleteObject, parseDeleteOptions } from '../verbs/delete-object.ts';
import { listedVersion, listObjects, parseResourceVersion, tooLargeResourceVersion } from '../verbs/list-objects.ts';
import { patchObject, patchTypeOf } from '../verbs/patch-object.ts';
import { Selection } from '../verbs/selection.ts';
import { watchObjects, type Watcher } from '../verbs/watch-objects.ts';
import { createObject, presentObject, updateObject, type Target } from '../verbs/write-object.ts';
import { decodeProtobuf } from '../wire/protobuf.ts';
import { answerJson, warningHeaders } from './answer.ts';
import { answerObject, answerVersion, formOf, listFormOf } from './answer-object.ts';
import { asObject, mediaTypeOf, parseJson, parseYaml, readBody } from './read-body.ts';
import { isTrue, type RequestInfo } from './request-info.ts';
import { EventTexts } from './event-texts.ts';
import { listMetadata, writeList } from './write-list.ts';

export interface ResourceRequest {
  request: IncomingMessage;
  response: ServerResponse;
  info: RequestInfo & { verb: string };
  resource: Resource;
  user: User;
  /** Those of a write, as far as they are known. */
  warnings?: string[];
}

export class ResourceHandler {
  private readonly core: Core;
  private readonly maxWatches: number;
  private readonly texts = new EventTexts();
  private readonly watchers = new Set<Watcher>();

  constructor(core: Core, maxWatches: number) {
    this.core = core;
    this.maxWatches = maxWatches;
  }

  get openWatches(): number {
    return this.watchers.size;
  }

  async handle(context: ResourceRequest): Promise<void> {
    try {
      await this.answer(context);
    } catch (error) {
      // What was strange about a body is told even when it is refused for something else.
      const { response, warnings } = context;
      if (!response.headersSent && warnings !== undefined) for (const [name, value] of Object.entries(warningHeaders(warnings))) response.setHeader(name, value);
      throw error;
    }
  }

  private async answer(context: ResourceRequest): Promise<void> {
    const { info, resource } = context;
    if (info.subresource === '' && !resource.verbs.includes(info.verb)) throw methodNotAllowed();
    assertPlace(context);
    switch (info.verb) {
      case 'get':
        return this.get(context);
      case 'list':
        return await this.list(context);
      case 'watch':
        return this.watch(context);
      case 'create':
        return await this.create(context);
      case 'update':
        return await this.update(context);
      case 'patch':
        return await this.patch(context);
      case 'delete':
        return await this.delete(context);
      case 'deletecollection':
        return await this.deleteCollection(context);
      default:
        throw methodNotAllowed();
    }
  }

  /** Ends all watches, for a graceful stop. */
  endWatches(): void {
    for (const watcher of this.watchers) watcher.end();
  }

  private get(context: ResourceRequest): void {
    const { response, info, resource } = context;
    const form = formOf(context);
    const wanted = parseResourceVersion(info.query.get('resourceVersion'));
    if (wanted !== undefined && wanted > this.core.store.revision) throw tooLargeResourceVersion(wanted, this.core.store.revision);
    const version = this.core.store.get(resource.storage, objectKey(info.namespaceOf(resource), info.name));
    if (version === undefined) throw notFound(resource, info.name);
    answerVersion(this.core, response, version, { resource, query: info.query, form });
  }

  private async list(context: ResourceRequest): Promise<void> {
    const { response, info, resource } = context;
    const form = listFormOf(context);
    const selection = new Selection(this.core, resource, { namespace: info.namespaceOf(resource), query: info.query });
    const list = listObjects(this.core, selection, info.query);
    if (form === 'table') {
      const versions = list.items.map((item) => listedVersion(this.core, item));
      answerJson(response, 200, makeTable({ resource, versions, metadata: listMetadata(list), include: includeObjectOf(info.query), nowMs: this.core.clock.now() }));
    } else await writeList(this.core, response, { list, resource, form: form === 'metadataList' ? 'metadata' : 'full' });
  }

  private watch(context: ResourceRequest): void {
    const { response, info, resource } = context;
    if (this.watchers.size >= this.maxWatches) throw tooManyRequests(`${this.maxWatches} watches are open, which is the most this server keeps`, 5);
    const form = formOf(context);
    if (info.name !== '') info.query.set('fieldSelector', `metadata.name=${info.name}`);
    const selection = new Selection(this.core, resource, { namespace: info.namespaceOf(resource), query: info.query });
    response.setHeader('Content-Type', form === 'json' ? 'application/json' : `application/json;${form === 'table' ? 'as=Table' : 'as=PartialObjectMetadata'};g=meta.k8s.io;v=v1`);
    response.setHeader('Cache-Control', 'no-cache, private');
    const include = includeObjectOf(info.query);
    const eventText = form === 'table' ? this.texts.tables({ resource, include, nowMs: () => this.core.clock.now() }) : this.texts.objects(resource, form === 'metadata' ? 'metadata' : 'full');
    const watcher = watchObjects({ core: this.core, selection, query: info.query, response, eventText, bookmarkText: this.texts.bookmarks(resource, form) });
    this.watchers.add(watcher);
    response.once('close', () => this.watchers.delete(watcher));
  }

  private async create(context: ResourceRequest): Promise<void> {
    const { response, info, resource } = context;
    const options = writeOptions(context);
    const form = formOf(context);
    const object = decodeObject(await this.readObject(context), resource, options);
    const namespace = info.namespaceOf(resource);
    const created = await createObject(this.core, { resource, namespace }, fromWireForm(object, resource), options);
    answerObject(this.core, response, created, { resource, query: info.query, form, code: 201, warnings: options.warnings });
  }

  private async update(context: ResourceRequest): Promise<void> {
    const { response, info, resource } = context;
    const options = writeOptions(context);
    const form = formOf(context);
    const object = fromWireForm(decodeObject(await this.readObject(context), resource, options), resource);
    const target = targetOf(context);
    const isNew = info.subresource === '' && kindRules(resource).createsOnUpdate === true && this.core.store.newestRevision(resource.storage, objectKey(target.namespace, target.name)) === undefined;
    if (isNew) {
      if (object.metadata.name !== target.name) throw badRequest(`the name of the object (${object.metadata.name ?? ''}) does not match the name on the URL (${target.name})`);
      const created = await createObject(this.core, target, object, options);
      answerObject(this.core, response, created, { resource, query: info.query, form, code: 201, warnings: options.warnings });
      return;
    }
    const updated = await updateObject(this.core, target, { present: presentObject(this.core, target), object, subresource: info.subresource }, options);
    answerObject(this.core, response, updated, { resource, query: info.query, form, warnings: options.warnings });
  }

  private async patch(context: ResourceRequest): Promise<void> {
    const { request, response, info, resource } = context;
    const type = patchTypeOf(request.headers['content-type'], resource.custom !== undefined);
    const options = writeOptions(context);
    const form = formOf(context);
    if (type === 'apply' && !info.query.get('fieldManager')) throw invalidOptions('PatchOptions', requiredValue('fieldManager', 'is required for apply patch'));
    if (type !== 'apply' && info.query.has('force')) throw invalidOptions('PatchOptions', forbiddenField('force', 'may not be specified for non-apply patch'));
    const body = await readBody(request);
    const force = isTrue(info.query.get('force'));
    const { object, isCreated } = await patchObject(this.core, targetOf(context), { type, body, subresource: info.subresource, force }, options);
    answerObject(this.core, response, object, { resource, query: info.query, form, code: isCreated ? 201 : 200, warnings: options.warnings });
  }

  private async delete(context: ResourceRequest): Promise<void> {
    const { response, info, resource } = context;
    const form = formOf(context);
    const options = parseDeleteOptions(await this.readOptionalObject(context), info.query);
    const target = targetOf(context);
    const { object, isGone } = await deleteObject(this.core, target, options);
    if (isGone && !answersWithObject(target)) answerJson(response, 200, deletedStatus(target, object));
    else answerObject(this.core, response, object, { resource, query: info.query, form });
  }

  private async deleteCollection(context: ResourceRequest): Promise<void> {
    const { response, info, resource } = context;
    const options = parseDeleteOptions(await this.readOptionalObject(context), info.query);
    const selection = new Selection(this.core, resource, { namespace: info.namespaceOf(resource), query: info.query });
    const list = listObjects(this.core, selection, info.query);
    await Promise.all(list.items.map(async ({ key }) => {
      const slash = key.indexOf('/');
      const target: Target = { resource, namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1) };
      await deleteObject(this.core, target, options).catch((error: unknown) => {
        if (!(isJsonObject(error) && error['reason'] === 'NotFound')) throw error;
      });
    }));
    await writeList(this.core, response, { list, resource, form: 'full' });
  }

  private async readObject({ request, resource }: ResourceRequest): Promise<JsonObject> {
    const type = mediaTypeOf(request.headers['content-type']);
    const body = await readBody(request);
    if (type === 'protobuf') return decodeProtobuf(body, resource);
    return asObject(type === 'yaml' ? parseYaml(body) : parseJson(body));
  }

  private async readOptionalObject({ request }: ResourceRequest): Promise<JsonObject | undefined> {
    const body = await readBody(request);
    if (body.length === 0) return undefined;
    const type = mediaTypeOf(request.headers['content-type']);
    if (type === 'protobuf') return decodeProtobuf(body);
    return asObject(type === 'yaml' ? parseYaml(body) : parseJson(body));
  }
}

/** Objects of namespaces are read across all of them, and nothing else; one object has a name, many have none. */
function assertPlace({ info, resource }: ResourceRequest): void {
  if (resource.namespaced && info.namespace === '') {
    if (info.name !== '') throw noSuchResource();
    if (info.verb !== 'list' && info.verb !== 'watch') throw methodNotAllowed();
  }
  if (info.name === '' ? info.verb === 'update' || info.verb === 'patch' : info.verb === 'create') throw methodNotAllowed();
}

export function targetOf({ info, resource }: ResourceRequest): Target {
  return { resource, namespace: info.namespaceOf(resource), name: info.name };
}

export function writeOptions(context: ResourceRequest): WriteOptions {
  const { request, info, user } = context;
  const kind = optionsKinds[request.method ?? ''] ?? 'CreateOptions';
  const validation = info.query.get('fieldValidation') ?? '';
  if (validation !== '' && validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict') {
    throw invalidOptions(kind, unsupportedValue('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  const dryRun = info.query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) throw invalidOptions(kind, unsupportedValue('dryRun', dryRun, ['All']));
  const fieldManager = info.query.get('fieldManager') ?? '';
  if (fieldManager.length > 128) throw invalidOptions(kind, tooLong('fieldManager', 128));
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(fieldManager);
  if (unprintable !== null) throw invalidOptions(kind, invalidValue('fieldManager', fieldManager, `invalid character U+${(unprintable[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} (at position ${unprintable.index})`));
  return {
    dryRun: dryRun.includes('All'),
    fieldManager: fieldManager === '' ? managerOf(request.headers['user-agent']) : fieldManager,
    fieldValidation: validation === '' ? 'Warn' : validation,
    warnings: (context.warnings = []),
    user,
  };
}

const optionsKinds: Readonly<Record<string, OptionsKind>> = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions', DELETE: 'DeleteOptions' };

/** What comes before the version in a User-Agent. */
function managerOf(userAgent: string | undefined): string {
  const prefix = (userAgent ?? '').split('/')[0]?.slice(0, 128) ?? '';
  return prefix === '' ? 'unknown' : prefix;
}
