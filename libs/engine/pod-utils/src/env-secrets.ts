// Secrets that reach a test as environment variables or in volumes sidecar does not have. sidecar is not given them, so entrypoint, which is, leaves their
// values for it in the pod's own folder, if the job asks for censoring; sidecar takes the file away.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Environment } from './options/source.ts';

/** Names that people give to secrets. Values are compared with what is public anyway, so a wide net does little harm. */
const secretName = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|APIKEY|KEY|PRIVATE|CREDENTIALS?|AUTH|COOKIE|DSN)S?(?:_|$)/i;
const minSecretLength = 8;
const maxBytes = 8 * 1024 * 1024;

function secretsPath(markerFile: string): string {
  return `${markerFile}.secrets`;
}

/** Whether decoration_config.censor_secrets is on, by JOB_SPEC. */
export function isCensoring(env: Environment): boolean {
  try {
    const spec = JSON.parse(env['JOB_SPEC'] ?? '{}') as { decoration_config?: { censor_secrets?: unknown } | null };
    return spec.decoration_config?.censor_secrets === true;
  } catch {
    return false;
  }
}

/** What well-known tokens look like, whatever the variable's name: Kubernetes does not tell which ones come from secrets. */
const secretShape = /^(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza|ya29\.|sk-|npm_|pypi-|dop_v1_|hvs\.|eyJ[\w-]+\.eyJ|-----BEGIN )/;

/** Values that look like secrets: by the variable's name or their own shape, no path, and not part of what the job shows of itself. */
export function secretValues(env: Environment): string[] {
  const shown = `${env['JOB_SPEC'] ?? ''}\n${env['PATH'] ?? ''}`;
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (!(secretName.test(name) || secretShape.test(value)) || /^(?:OLD)?PWD$/.test(name)) return [];
    if (value.trim().length < minSecretLength || /^\.{0,2}\/[\w./-]*$/.test(value) || shown.includes(value)) return [];
    return [value];
  });
}

/**
 * Readable for the pod: sidecar may run as another user.
 * @param mounted contents of volumes that sidecar does not see
 */
export function leaveSecrets(markerFile: string, env: Environment, mounted: readonly string[] = []): void {
  const shown = `${env['JOB_SPEC'] ?? ''}\n${env['PATH'] ?? ''}`;
  const values = [...secretValues(env), ...mounted.filter((text) => text.trim().length >= minSecretLength && !shown.includes(text.trim()))];
  if (values.length > 0) writeFileSync(secretsPath(markerFile), JSON.stringify(values), { mode: 0o644 });
}

/** What entrypoint left, and removes it; nothing if there is none or it is not what it should be (tests can write there). */
export function takeSecrets(markerFile: string): string[] {
  try {
    const text = readFileSync(secretsPath(markerFile), 'utf8');
    rmSync(secretsPath(markerFile), { force: true });
    const values: unknown = text.length <= maxBytes ? JSON.parse(text) : [];
    return Array.isArray(values) ? values.filter((value): value is string => typeof value === 'string' && value.length >= minSecretLength) : [];
  } catch {
    return [];
  }
}
