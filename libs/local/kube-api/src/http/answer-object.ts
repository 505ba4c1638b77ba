// One object as the client asked for it: whole, its metadata alone, or as a table of one row.
import type { ServerResponse } from 'node:http';
import { storedParts, writeStoredText, type ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import type { StoredVersion } from '../storage/change.ts';
import { includeObjectOf, makeTable } from '../table/make-table.ts';
import { notAcceptable } from '../status-error.ts';
import { storedVersionOf } from '../verbs/write-object.ts';
import { objectText } from '../wire/object-text.ts';
import { answerJson, warningHeaders } from './answer.ts';
import { negotiate, type AnswerForm } from './negotiate.ts';
import type { ResourceRequest } from './resource-handler.ts';

const newline = Buffer.from('\n');

const forms: readonly AnswerForm[] = ['json', 'table', 'metadata', 'metadataList'];

/** For an answer of one object. Throws 406. Asked before anything is written. */
export function formOf({ request, resource }: Pick<ResourceRequest, 'request' | 'resource'>): AnswerForm {
  const form = negotiate(request.headers.accept, forms);
  if (form === 'metadataList') throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${resource.kind})`);
  return form;
}

/** For an answer of many. */
export function listFormOf({ request, resource }: Pick<ResourceRequest, 'request' | 'resource'>): AnswerForm {
  const form = negotiate(request.headers.accept, forms);
  if (form === 'metadata') throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${resource.listKind})`);
  return form;
}

interface ObjectAnswer {
  resource: Resource;
  query: URLSearchParams;
  form: AnswerForm;
  code?: number;
  warnings?: readonly string[];
}

export function answerVersion(core: Core, response: ServerResponse, version: StoredVersion, { resource, query, form, code = 200, warnings = [] }: ObjectAnswer): void {
  if (form === 'table') {
    const metadata = { resourceVersion: String(version.revision) };
    answerJson(response, code, makeTable({ resource, versions: [version], metadata, include: includeObjectOf(query), nowMs: core.clock.now() }), warningHeaders(warnings));
  } else answerJson(response, code, Buffer.concat([objectText(version, resource, form === 'metadata' ? 'metadata' : 'full'), newline]), warningHeaders(warnings));
}

/** An object that was just written, or would have been. */
export function answerObject(core: Core, response: ServerResponse, object: ApiObject, answer: ObjectAnswer): void {
  const version = storedVersionOf(object) ?? { revision: Number(object.metadata.resourceVersion ?? 0), ...writeStoredText(storedParts(object)) };
  answerVersion(core, response, version, answer);
}
