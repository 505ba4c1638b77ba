// upstream: pkg/apis/core/validation/validation.go (validateProbe, validateLifecycle)
import { isJsonObject, type JsonObject } from '../../api-object.ts';
import { invalidValue, requiredValue, type FieldError } from '../../schema/field-error.ts';
import { checkOnlyOne, checkRange, objectAt, textAt } from './checks.ts';

const maxPort = 65_535;

export function validateProbes(container: JsonObject, path: string, errors: FieldError[]): void {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = objectAt(container, name);
    if (probe === undefined) continue;
    const at = `${path}.${name}`;
    validateHandler(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], at, errors);
    for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']) {
      const value = probe[field];
      if (typeof value === 'number' && value < 0) errors.push(invalidValue(`${at}.${field}`, value, 'must be greater than or equal to 0'));
    }
    if (name !== 'readinessProbe' && probe['successThreshold'] !== 1) errors.push(invalidValue(`${at}.successThreshold`, probe['successThreshold'] ?? 0, 'must be 1'));
    const grace = probe['terminationGracePeriodSeconds'];
    if (grace === undefined) continue;
    if (name === 'readinessProbe') errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
    else if (typeof grace === 'number' && grace <= 0) errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
}

export function validateLifecycle(lifecycle: JsonObject, path: string, { graceSeconds, errors }: { graceSeconds: number; errors: FieldError[] }): void {
  for (const name of ['postStart', 'preStop']) {
    const hook = objectAt(lifecycle, name);
    if (hook === undefined) continue;
    validateHandler(hook, ['exec', 'httpGet', 'tcpSocket', 'sleep'], `${path}.${name}`, errors);
    const seconds = objectAt(hook, 'sleep')?.['seconds'];
    if (typeof seconds === 'number' && (seconds < 0 || seconds > graceSeconds)) {
      errors.push(invalidValue(`${path}.${name}.sleep`, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`));
    }
  }
}

function validateHandler(handler: JsonObject, kinds: readonly string[], path: string, errors: FieldError[]): void {
  // Of those too many nothing more is said.
  const [kind] = checkOnlyOne(handler, kinds, { path, what: 'handler type', errors });
  const chosen = kind === undefined ? {} : (objectAt(handler, kind) ?? {});
  if (kind === 'exec' && (!Array.isArray(chosen['command']) || chosen['command'].length === 0)) errors.push(requiredValue(`${path}.exec.command`));
  if (kind === 'httpGet') {
    if (textAt(chosen, 'path') === '') errors.push(requiredValue(`${path}.httpGet.path`));
    validatePort(chosen['port'], `${path}.httpGet.port`, errors);
  }
  if (kind === 'tcpSocket') validatePort(chosen['port'], `${path}.tcpSocket.port`, errors);
  if (kind === 'grpc') checkRange(chosen['port'], [1, maxPort], `${path}.grpc.port`, errors);
}

/** A number, or the name of a port. */
function validatePort(port: unknown, path: string, errors: FieldError[]): void {
  if (typeof port === 'string') {
    for (const message of portNameErrors(port)) errors.push(invalidValue(path, port, message));
  } else checkRange(isJsonObject(port) ? 0 : (port ?? 0), [1, maxPort], path, errors);
}

/** upstream: apimachinery/pkg/util/validation (IsValidPortName) */
export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (name.length > 15) errors.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]*$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}
