// The decoration of a job: defaults folded in order, the job's own last. upstream: DecorationConfig.ApplyDefault
import type { DecorationConfig, GcsConfiguration } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { hasControlCharacter } from '../sections/checks.ts';

// Set as a whole or not at all: half of a secret's address is worth nothing.
const wholeKeys = new Set<keyof DecorationConfig>(['oauth_token_secret', 'github_app_private_key_secret']);

/** `own` over `base`: fields that are set win, nested objects are merged by field. */
export function applyDecorationDefault(own: DecorationConfig | undefined, base: DecorationConfig | undefined): DecorationConfig | undefined {
  if (own === undefined) return base;
  if (base === undefined) return own;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const inherited = merged[key];
    if (wholeKeys.has(key as keyof DecorationConfig) || !isPlain(value) || !isPlain(inherited)) merged[key] = value;
    else if (key === 'gcs_configuration') merged[key] = mergeStorage(value, inherited);
    else merged[key] = { ...inherited, ...value };
  }
  return merged;
}

// Upstream lets the defaults' media types win over the job's.
function mergeStorage(own: GcsConfiguration, base: GcsConfiguration): GcsConfiguration {
  const mediaTypes = { ...own.mediaTypes, ...base.mediaTypes };
  return { ...base, ...own, ...(Object.keys(mediaTypes).length === 0 ? {} : { mediaTypes }) };
}

/** An empty list has said its word ("nothing of the defaults") and is left out, as upstream writes it. */
export function withoutEmptyLists(config: DecorationConfig): DecorationConfig {
  const filled = (value: unknown): unknown => (isPlain(value) ? Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([, inner]) => !Array.isArray(inner) || inner.length > 0)) : value);
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, key === 'gcs_configuration' || key === 'censoring_options' ? filled(value) : value]));
}

function isPlain(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a decorated job cannot do without. upstream: DecorationConfig.Validate */
export function checkDecoration(config: DecorationConfig, findings: Findings, where: Source): void {
  const images = config.utility_images;
  if (images === undefined) findings.error('PROW_CONFIG_DECORATION', 'utility_images are not set, neither in the job nor in plank.default_decoration_config_entries', where);
  else {
    const missing = (['clonerefs', 'initupload', 'entrypoint', 'sidecar'] as const).filter((name) => (images[name] ?? '') === '');
    if (missing.length > 0) findings.error('PROW_CONFIG_DECORATION', `utility_images lacks ${missing.join(', ')}`, within(where, 'utility_images'));
  }
  const storage = config.gcs_configuration;
  if (storage === undefined) findings.error('PROW_CONFIG_DECORATION', 'gcs_configuration is not set, neither in the job nor in plank.default_decoration_config_entries', where);
  else checkStorage(storage, findings, within(where, 'gcs_configuration'));
  if (config.oauth_token_secret !== undefined && (config.ssh_key_secrets ?? []).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'oauth_token_secret and ssh_key_secrets exclude one another', within(where, 'oauth_token_secret'));
  }
}

function checkStorage(storage: GcsConfiguration, findings: Findings, where: Source): void {
  const strategy = storage.path_strategy ?? '';
  if (!['legacy', 'explicit', 'single'].includes(strategy)) {
    findings.error('PROW_CONFIG_VALUE', `expected path_strategy explicit, legacy or single, found ${JSON.stringify(strategy)}`, within(where, 'path_strategy'));
  } else if (strategy !== 'explicit' && ((storage.default_org ?? '') === '' || (storage.default_repo ?? '') === '')) {
    findings.error('PROW_CONFIG_MISSING', `path_strategy ${strategy} needs default_org and default_repo`, within(where, 'path_strategy'));
  }
  for (const [extension, type] of Object.entries(storage.mediaTypes ?? {})) {
    if (!/^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?\s*(?:;.*)?$/.test(type)) {
      findings.error('PROW_CONFIG_VALUE', `${JSON.stringify(type)} is not a media type`, within(where, 'mediaTypes', extension));
    }
  }
  if (hasControlCharacter(storage.bucket ?? '') || /\s/.test(storage.bucket ?? '') || /%(?![0-9A-Fa-f]{2})/.test(storage.bucket ?? '')) {
    findings.error('PROW_CONFIG_VALUE', `bucket ${JSON.stringify(storage.bucket)}: expected NAME[/PATH] or PROVIDER://NAME[/PATH]`, within(where, 'bucket'));
  }
}
