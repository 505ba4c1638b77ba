// What must not be shown: contents of mounted secrets, in the forms they may appear in. upstream: pkg/sidecar/censor.go
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { takeSecrets } from '../env-secrets.ts';
import { Matcher } from './matcher.ts';
import type { CensoringOptions } from './options.ts';

/** Larger files are no secrets but data; Kubernetes' own limit for a secret is 1 MiB. */
const maxSecretBytes = 2 * 1024 * 1024;
/** A shorter piece of base64 from the middle of a longer text would hit too much else. */
const minShiftedBytes = 10;

/** Everything to hide, as far as it is known by now. */
export class Secrets {
  readonly #options: CensoringOptions;
  readonly #markerFiles: readonly string[];
  readonly #log: Logger;
  readonly #fromTests: string[] = [];
  #matcher: Matcher | undefined;

  /** @param markerFiles beside which entrypoint leaves the secrets of a test's environment */
  constructor(options: CensoringOptions, markerFiles: readonly string[], log: Logger) {
    this.#options = options;
    this.#markerFiles = markerFiles;
    this.#log = log;
  }

  current(): Matcher {
    const left = this.#markerFiles.flatMap(takeSecrets);
    if (this.#matcher !== undefined && left.length === 0) return this.#matcher;
    this.#fromTests.push(...left);
    this.#matcher = loadSecrets(this.#options, this.#log, this.#fromTests);
    return this.#matcher;
  }
}

/** Reads all secrets; one that cannot be read is reported and left out. @param more values known from elsewhere */
export function loadSecrets(options: CensoringOptions, log: Logger, more: readonly string[] = []): Matcher {
  const values: Buffer[] = more.map((value) => Buffer.from(value));
  for (const directory of options.secretDirectories) {
    for (const file of filesBelow(directory, log)) values.push(...secretsIn(file, options, log));
  }
  const { minimumSecretLength } = options;
  const forms: Buffer[] = [];
  for (const value of values) {
    const trimmed = trim(value);
    if (trimmed.length === 0 || trimmed.length < minimumSecretLength || /^(?:true|false)$/i.test(trimmed.toString('latin1'))) continue;
    forms.push(trimmed, ...base64Forms(value), ...base64Forms(trimmed));
  }
  return new Matcher(forms);
}

function filesBelow(directory: string, log: Logger): string[] {
  try {
    // `..data` and its like are how Kubernetes updates a mounted secret: the same contents again.
    return readdirSync(directory).filter((name) => !name.startsWith('..')).flatMap((name) => {
      const path = join(directory, name);
      const info = statSync(path, { throwIfNoEntry: false });
      if (info === undefined) return [];
      return info.isDirectory() ? filesBelow(path, log) : info.isFile() ? [path] : [];
    });
  } catch (error) {
    log.error('Could not read secrets', { path: directory, error: messageOf(error) });
    return [];
  }
}

function secretsIn(path: string, options: CensoringOptions, log: Logger): Buffer[] {
  try {
    if (statSync(path).size > maxSecretBytes) throw new Error(`it is larger than ${maxSecretBytes} bytes`);
    const content = readFileSync(path);
    const name = basename(path);
    const parts =
      name === '.dockercfg' ? dockerSecrets(JSON.parse(content.toString()))
      : name === '.dockerconfigjson' ? dockerSecrets((JSON.parse(content.toString()) as { auths?: unknown }).auths)
      : options.iniFilenames.includes(name) ? iniValues(content.toString())
      : [];
    return [content, ...parts.map((part) => Buffer.from(part))];
  } catch (error) {
    log.error('Could not read a secret', { path, error: messageOf(error) });
    return [];
  }
}

/** Passwords and auth texts of a registry → login map. */
function dockerSecrets(auths: unknown): string[] {
  if (typeof auths !== 'object' || auths === null) return [];
  return Object.values(auths as Record<string, { auth?: unknown; password?: unknown } | null>).flatMap((login) => [login?.auth, login?.password].filter((part): part is string => typeof part === 'string'));
}

function iniValues(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => !/^\s*[;#[]/.test(line) && line.includes('=')).map((line) => line.slice(line.indexOf('=') + 1).trim());
}

function trim(bytes: Buffer): Buffer {
  const isSpace = (byte: number | undefined): boolean => byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) start += 1;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}

/** Base64 of the value, in both alphabets, alone and inside a longer text that was encoded (`user:password`). */
function base64Forms(value: Buffer): Buffer[] {
  const forms: string[] = [value.toString('base64')];
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), value]).toString('base64').replace(/=+$/, '');
    // The first and last characters also depend on the neighbours.
    const inner = shifted.slice(shift === 0 ? 0 : shift + 1, (shift + value.length) % 3 === 0 ? undefined : -1);
    if (inner.length >= minShiftedBytes) forms.push(inner);
  }
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))].map((form) => Buffer.from(form));
}
