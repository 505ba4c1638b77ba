// One object as the client asked for it: whole, its metadata alone, or as a table of one row.
import type { ServerResponse } from 'node:http';
import { storedParts, writeStoredText, type ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import type { StoredVersion } from '../storage/change.ts';
import { includeObjectOf, makeTable } from '../table/make-table.ts';
import { storedVersionOf } from '../verbs/write-object.ts';
import { objectText } from '../wire/object-text.ts';
import { answerJson, warningHeaders } from './answer.ts';
import { negotiate, type AnswerForm } from './negotiate.ts';
import type { ResourceRequest } from './resource-handler.ts';

const newline = Buffer.from('\n');

/** Throws 406. Asked before anything is written. */
export function formOf({ request }: Pick<ResourceRequest, 'request'>): AnswerForm {
  return negotiate(request.headers.accept, ['json', 'table', 'metadata']);
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
