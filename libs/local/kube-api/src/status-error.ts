// Errors as the API answers them: a Status object. upstream: apimachinery/pkg/api/errors/errors.go
import { ProwError } from '@prow/base-errors';
import type { Status, StatusCause } from '@prow/model-kube-types';
import { toCause, type FieldError } from './schema/field-error.ts';

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface StatusErrorShape {
  code: number;
  reason: string;
  message: string;
  details?: StatusDetails;
}

/** Thrown anywhere in the server; becomes the answer. */
export class StatusError extends ProwError {
  readonly shape: StatusErrorShape;

  constructor(shape: StatusErrorShape) {
    super('PROW_KUBE_API_STATUS', shape.message, { httpStatus: shape.code, transient: shape.code === 429 || shape.code >= 500 });
    this.shape = shape;
  }

  get reason(): string {
    return this.shape.reason;
  }

  toStatus(): Status {
    const { code, reason, message, details } = this.shape;
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details ? { details } : {}), code };
  }
}

/** Which resource an error is about. */
export interface ResourceName {
  group: string;
  plural: string;
}

export interface KindName {
  group: string;
  kind: string;
}

function detailsOf(resource: ResourceName, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

export function qualifiedResource({ group, plural }: ResourceName): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function qualifiedKind({ group, kind }: KindName): string {
  return group === '' ? kind : `${kind}.${group}`;
}

export function notFound(resource: ResourceName, name: string): StatusError {
  const message = `${qualifiedResource(resource)} ${JSON.stringify(name)} not found`;
  return new StatusError({ code: 404, reason: 'NotFound', message, details: detailsOf(resource, name) });
}

export function noSuchResource(): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} });
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const message = `${qualifiedResource(resource)} ${JSON.stringify(name)} already exists`;
  return new StatusError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(resource, name) });
}

export const modifiedMessage = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: ResourceName, name: string, why = modifiedMessage): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(resource)} ${JSON.stringify(name)}: ${why}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

export function applyConflict(causes: StatusCause[], manager: string): StatusError {
  const message = `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${conflictSummary(causes, manager)}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

function conflictSummary(causes: StatusCause[], manager: string): string {
  if (causes.length === 1) return `${causes[0]?.message}: ${causes[0]?.field}`;
  return `conflicts with ${manager}:\n${causes.map(({ field }) => `- ${field}`).join('\n')}`;
}

export function invalid(kind: KindName, name: string, errors: readonly FieldError[]): StatusError {
  const [first] = errors;
  const list = errors.map(({ field, message }) => `${field}: ${message}`);
  const text = first === undefined ? '' : list.length === 1 ? (list[0] ?? '') : `[${list.join(', ')}]`;
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedKind(kind)} ${JSON.stringify(name)} is invalid: ${text}`,
    details: { ...(name === '' ? {} : { name }), ...(kind.group === '' ? {} : { group: kind.group }), ...(kind.kind === '' ? {} : { kind: kind.kind }), causes: errors.map(toCause) },
  });
}

export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions' | 'ListOptions';

/** A query that asks for what cannot be. */
export function invalidOptions(kind: OptionsKind, error: FieldError): StatusError {
  return invalid({ group: 'meta.k8s.io', kind }, '', [error]);
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const what = resource.plural === '' ? '' : `${qualifiedResource(resource)} ${name === '' ? '' : `${JSON.stringify(name)} `}is forbidden: `;
  return new StatusError({ code: 403, reason: 'Forbidden', message: `${what}${why}`, details: resource.plural === '' ? {} : detailsOf(resource, name) });
}

export function methodNotAllowed(): StatusError {
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
}

export function notAcceptable(message: string, details?: StatusDetails): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message, ...(details === undefined ? {} : { details }) });
}

export function tooLarge(maxBytes: number): StatusError {
  return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${maxBytes}` });
}

export function unsupportedPatch(): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} });
}

export function unsupportedMedia(accepted: string): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${accepted}` });
}

export function unprocessablePatch(message = 'the server rejected our request due to an error in our request'): StatusError {
  return new StatusError({ code: 422, reason: 'Invalid', message, details: {} });
}

export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } });
}

export function timeout(message: string, retryAfterSeconds = 1): StatusError {
  return new StatusError({ code: 504, reason: 'Timeout', message, details: { retryAfterSeconds } });
}

export function requestTimeout(): StatusError {
  return new StatusError({ code: 408, reason: 'Timeout', message: 'the request body did not arrive in time', details: {} });
}

export function notImplemented(what: string): StatusError {
  return new StatusError({ code: 501, reason: 'NotImplemented', message: `${what} is not supported by this server` });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}

export function internalError(message: string): StatusError {
  return new StatusError({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message }] } });
}
