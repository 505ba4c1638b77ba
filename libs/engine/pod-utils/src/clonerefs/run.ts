// Clones everything a job needs and writes clone.json. upstream: pkg/clonerefs/run.go
import { renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Refs } from '@prow/model-prowjob';
import { cloneRepository, cloneUri } from './clone-repository.ts';
import { authConfig, configEnv, makeFolder, readToken, setUpSsh } from './credentials.ts';
import type { CloneOptions } from './options.ts';
import type { CloneRecord, CommandRecord } from './record.ts';
import { SecretFilter } from './secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A server that sends less than this for this long is given up; the fetch is tried again. */
const slowBytesPerSecond = '100';
const slowSeconds = '120';

/**
 * @returns the exit code: 0 also when a clone failed (initupload reports that), unless options.fail
 * @throws only if clone.json cannot be written
 */
export async function runCloneRefs(options: CloneOptions, { env, log, fetchPausesMs }: { env: Environment; log: Logger; fetchPausesMs?: readonly number[] }): Promise<number> {
  const secrets = new SecretFilter();
  const setup = setUp(options);
  const gitEnv = { ...baseEnvironment(env), ...setup.env };
  const records = setup.record.failed === true ? [] : await cloneAll({ ...options, ...(fetchPausesMs === undefined ? {} : { fetchPausesMs }) }, gitEnv, secrets, log);
  makeFolder(dirname(options.log));
  const next = `${options.log}.next-${process.pid}`;
  writeFileSync(next, JSON.stringify([setup.record, ...records]));
  renameSync(next, options.log);
  const failed = [setup.record, ...records].filter((record) => record.failed === true);
  for (const { refs, commands = [] } of failed) log.error('Cloning failed', { repo: `${refs.org}/${refs.repo}`, error: commands.findLast(({ error }) => error !== undefined)?.error });
  return failed.length > 0 && options.fail ? 1 : 0;
}

function setUp(options: CloneOptions): { env: Record<string, string>; record: CloneRecord } {
  const refs: Refs = { org: '', repo: '' };
  try {
    const { env, notes } = setUpSsh(options);
    const commands = notes.map((command): CommandRecord => ({ command }));
    return { env, record: { refs, ...(commands.length > 0 ? { commands } : {}) } };
  } catch (error) {
    return { env: {}, record: { refs, commands: [{ command: 'set up ssh', error: messageOf(error) }], failed: true } };
  }
}

/** git never asks at a terminal, speaks English, and reads no configuration of a user that is not there. */
function baseEnvironment(env: Environment): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'GIT_SSL_CAINFO', 'GIT_SSL_NO_VERIFY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'ALL_PROXY', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_TRACE', 'GIT_CURL_VERBOSE'];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', GIT_ASKPASS: 'true',
  };
}

type Settings = CloneOptions & { fetchPausesMs?: readonly number[] };

async function cloneAll(options: Settings, env: Record<string, string>, secrets: SecretFilter, log: Logger): Promise<CloneRecord[]> {
  const records: CloneRecord[] = [];
  const waiting = [...options.refs];
  const workers = Math.min(waiting.length, options.maxParallelWorkers > 0 ? options.maxParallelWorkers : waiting.length);
  const work = async (): Promise<void> => {
    for (let refs = waiting.shift(); refs !== undefined; refs = waiting.shift()) {
      log.info('Cloning refs', { repo: `${refs.org}/${refs.repo}` });
      records.push(await cloneOne(refs, options, env, secrets));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return records;
}

async function cloneOne(refs: Refs, options: Settings, env: Record<string, string>, secrets: SecretFilter): Promise<CloneRecord> {
  try {
    const config: Record<string, string> = {
      'http.lowSpeedLimit': slowBytesPerSecond, 'http.lowSpeedTime': slowSeconds, 'gc.auto': '0', 'maintenance.auto': 'false', 'advice.detachedHead': 'false', 'init.defaultBranch': 'master',
      ...(options.cookiePath === '' ? {} : { 'http.cookieFile': options.cookiePath }),
      ...(await auth(refs, options, secrets)),
    };
    return await cloneRepository(refs, { ...options, env: { ...env, ...configEnv(config) }, secrets });
  } catch (error) {
    return { refs, commands: [{ command: 'get credentials', error: secrets.hide(messageOf(error)) }], failed: true };
  }
}

async function auth(refs: Refs, options: CloneOptions, secrets: SecretFilter): Promise<Record<string, string>> {
  const uri = cloneUri(refs);
  if (options.oauthTokenFile !== '') return authConfig(uri, { user: readToken(options.oauthTokenFile, secrets), password: 'x-oauth-basic' });
  if (options.githubAppId === '') return {};
  // Loaded for Apps only, with Node's cryptography.
  const { installationToken } = await import('./github-app.ts');
  const password = await installationToken(refs.org, { appId: options.githubAppId, privateKeyFile: options.githubAppPrivateKeyFile, endpoints: options.githubApiEndpoints }, secrets);
  return authConfig(uri, { user: 'x-access-token', password });
}
