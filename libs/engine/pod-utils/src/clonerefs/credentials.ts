// What git needs to reach private repositories. Secrets travel in git's environment, never in arguments, addresses or the
// repository's configuration (upstream writes the token into the address, and with it into the clone).
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import type { CloneOptions } from './options.ts';
import type { SecretFilter } from './secrets.ts';

export interface SshSetup {
  env: Record<string, string>;
  /** For the record. */
  notes: string[];
}

/** Copies keys to where ssh accepts their mode, and writes known_hosts. @throws if a file cannot be read */
export function setUpSsh({ keyFiles, hostFingerprints }: Pick<CloneOptions, 'keyFiles' | 'hostFingerprints'>): SshSetup {
  if (keyFiles.length === 0 && hostFingerprints.length === 0) return { env: {}, notes: [] };
  const folder = mkdtempSync(join(tmpdir(), 'clonerefs-ssh-'));
  chmodSync(folder, 0o700);
  const notes: string[] = [];
  const command = ['ssh', '-o', 'BatchMode=yes'];
  let index = 0;
  for (const source of keyFiles.flatMap(filesOf)) {
    const copy = join(folder, `key-${index}`);
    index += 1;
    // A mounted secret is readable by its group where the pod has an fsGroup; ssh refuses such keys.
    copyFileSync(source, copy);
    chmodSync(copy, 0o600);
    command.push('-i', copy);
    notes.push(`use ssh key ${source}`);
  }
  if (index > 0) command.push('-o', 'IdentitiesOnly=yes');
  if (hostFingerprints.length > 0) {
    const knownHosts = join(folder, 'known_hosts');
    writeFileSync(knownHosts, `${hostFingerprints.join('\n')}\n`, { mode: 0o600 });
    command.push('-o', `UserKnownHostsFile=${knownHosts}`);
    notes.push(`trust ${hostFingerprints.length} ssh host keys`);
  }
  // git hands this to a shell; our own temporary paths are its only variable parts.
  return { env: { GIT_SSH_COMMAND: command.map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`).join(' ') }, notes };
}

/** A file itself, or the files of a folder; `..data` and its like are how Kubernetes mounts secrets. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).filter((name) => !name.startsWith('..')).map((name) => join(path, name)).filter((file) => statSync(file).isFile());
}

/** User and password for a repository's address, as git configuration; none for addresses that are not http. */
export function authConfig(uri: string, { user, password }: { user: string; password: string }): Record<string, string> {
  if (!/^https?:\/\//i.test(uri)) return {};
  const { origin } = new URL(uri);
  return { [`http.${origin}/.extraHeader`]: `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** Configuration for one git process and its children, by environment. */
export function configEnv(config: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(config);
  return Object.fromEntries([['GIT_CONFIG_COUNT', String(entries.length)], ...entries.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]])]);
}

/** @throws ProwError PROW_POD_UTILS_TOKEN; the message has the file, never its content */
export function readToken(path: string, secrets: SecretFilter): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_TOKEN', `cannot read the token file ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (token === '') throw new ProwError('PROW_POD_UTILS_TOKEN', `the token file ${path} is empty`);
  secrets.add(token);
  return token;
}

/** mkdir -p with an error that says what for. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_FOLDER', `cannot make ${path}: ${(error as Error).message}`, { cause: error });
  }
}
