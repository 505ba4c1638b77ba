// Bodies of requests: bounded in size and time, in JSON, YAML or protobuf.
import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { CORE_SCHEMA, load } from 'js-yaml';
import { isJsonObject, type JsonObject } from '../api-object.ts';
import { noteDuplicates } from './duplicate-fields.ts';
import { badRequest, requestTimeout, tooLarge, unsupportedMedia } from '../status-error.ts';

/** upstream: apiserver's MaxRequestBodyBytes. */
export const maxBodyBytes = 3 * 1024 * 1024;
const bodyTimeoutMs = 30_000;
const maxDepth = 256;

/** Reads the whole body, or throws 413 or 408. The connection is given up when the sender does not stop. */
export async function readBody(request: IncomingMessage, maxBytes = maxBodyBytes, timeoutMs = bodyTimeoutMs): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  // The answer closes the connection, so that the rest need not be read.
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const source = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => finish(requestTimeout()), timeoutMs);
    timer.unref();
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) finish(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish();
    const onError = (error: Error): void => finish(badRequest(`the body could not be read: ${error.message}`));
    const onAborted = (): void => finish(badRequest('the request was aborted'));
    function finish(error?: Error): void {
      clearTimeout(timer);
      source.off('data', onData).off('end', onEnd);
      request.off('aborted', onAborted);
      if (error === undefined) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      else {
        source.resume();
        reject(error);
      }
    }
    source.on('data', onData).once('end', onEnd).once('error', onError);
    request.once('aborted', onAborted);
  });
}

export type MediaType = 'json' | 'yaml' | 'protobuf';

/** Which of the known media types a Content-Type names; JSON when there is none. */
export function mediaTypeOf(contentType: string | undefined): MediaType {
  const type = (contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json' || type === '') return 'json';
  if (type === 'application/yaml') return 'yaml';
  if (type === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unsupportedMedia('application/json, application/yaml, application/vnd.kubernetes.protobuf');
}

/** JSON of any shape; depth is bounded, for everything after this walks it recursively. */
export function parseJson(body: Buffer): unknown {
  const members = countMembers(body);
  const text = body.toString('utf8');
  try {
    const value: unknown = hasProtoKey(text) ? JSON.parse(text, rejectProto) : JSON.parse(text);
    noteDuplicates(value, text, members);
    return value;
  } catch (error) {
    if (error instanceof Error && error.name === 'StatusError') throw error;
    throw badRequest(`the object provided is unrecognized (must be of type JSON): ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
}

/** YAML as kubectl's apply sends it; no custom types, aliases bounded by the depth and size of what they make. */
export function parseYaml(body: Buffer): unknown {
  const text = body.toString('utf8');
  // Most "YAML" bodies are JSON.
  if (/^\s*[{[]/.test(text)) {
    try {
      return parseJson(body);
    } catch {
      // JSON-like YAML (flow style) is parsed below.
    }
  }
  if (/(?:^|\s)&\S/m.test(text) && /(?:^|[\s[,:-])\*\S/m.test(text)) throw badRequest('YAML anchors and aliases are not accepted');
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    return parseJson(Buffer.from(JSON.stringify(value ?? null)));
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message.slice(0, 300) : ''}`);
  }
}

export function asObject(value: unknown): JsonObject {
  // As upstream: null decodes into an object without fields.
  if (value === null) return {};
  if (!isJsonObject(value)) throw badRequest('the object provided is unrecognized (must be a JSON object)');
  return value;
}

/** A linear scan of the bytes: strings are skipped, brackets and names counted. Throws 400 for deep nesting. */
function countMembers(body: Buffer): number {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inString) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x3a) members += 1;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) throw badRequest(`the object is nested more than ${maxDepth} levels deep`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return members;
}

/** As a field name it would reach JavaScript's prototypes. */
function hasProtoKey(text: string): boolean {
  return text.includes('__proto__') || (text.includes('\\u005') && text.toLowerCase().includes('\\u005f'));
}

function rejectProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw badRequest('the field name "__proto__" is not accepted');
  return value;
}
