// upstream: pkg/clonerefs/options.go
import { ProwError } from '@prow/base-errors';
import type { Refs } from '@prow/model-prowjob';
import type { Fields } from '../options/decode.ts';
import type { FlagSpec } from '../options/go-flags.ts';
import { readOptions } from '../options/source.ts';
import type { OptionSource } from '../options/source.ts';
import { parseRefs } from './parse-refs.ts';

export interface CloneOptions {
  srcRoot: string;
  /** clone.json. */
  log: string;
  gitUserName: string;
  gitUserEmail: string;
  refs: Refs[];
  /** Files or folders of ssh keys. */
  keyFiles: string[];
  oauthTokenFile: string;
  hostFingerprints: string[];
  /** 0: all at once. */
  maxParallelWorkers: number;
  /** Exit with 1 when a clone failed; normally initupload reports it. */
  fail: boolean;
  cookiePath: string;
  githubApiEndpoints: string[];
  githubAppId: string;
  githubAppPrivateKeyFile: string;
  /** Folder of git objects shared by pods of a node; '' for none. Ours. */
  cacheDirectory: string;
}

const flags: Readonly<Record<string, FlagSpec>> = {
  'src-root': { key: 'src_root', kind: 'text' },
  log: { key: 'log', kind: 'text' },
  'git-user-name': { key: 'git_user_name', kind: 'text' },
  'git-user-email': { key: 'git_user_email', kind: 'text' },
  repo: { key: 'repo', kind: 'texts' },
  'clone-alias': { key: 'clone_alias', kind: 'texts' },
  'uri-prefix': { key: 'uri_prefix', kind: 'texts' },
  'ssh-key': { key: 'key_files', kind: 'texts' },
  'ssh-fingerprint': { key: 'host_fingerprints', kind: 'texts' },
  'max-workers': { key: 'max_parallel_workers', kind: 'whole' },
  cookiefile: { key: 'cookie_path', kind: 'text' },
  'oauth-token-file': { key: 'oauth_token_file', kind: 'text' },
  'github-api-endpoint': { key: 'github_api_endpoints', kind: 'texts' },
  'github-app-id': { key: 'github_app_id', kind: 'text' },
  'github-app-private-key-file': { key: 'github_app_private_key_file', kind: 'text' },
  fail: { key: 'fail', kind: 'flag' },
  'cache-dir': { key: 'cache_dir', kind: 'text' },
};

const maxRefs = 1000;

/** @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_FLAG */
export function readCloneOptions(source: OptionSource): CloneOptions {
  const { fields } = readOptions(source, 'CLONEREFS_OPTIONS', flags);
  const srcRoot = fields.requiredText('src_root');
  const log = fields.requiredText('log');
  const refs = [...fields.objects('refs').map(checkRefs), ...fields.texts('repo').map((text) => parseRefs(text, { aliases: fields.texts('clone_alias'), prefixes: fields.texts('uri_prefix') }))];
  if (refs.length === 0) throw new ProwError('PROW_POD_UTILS_OPTION', 'no refs to clone');
  if (refs.length > maxRefs) throw new ProwError('PROW_POD_UTILS_OPTION', `${refs.length} refs to clone, at most ${maxRefs} are possible`);
  const hasToken = fields.text('oauth_token_file') !== '';
  if (hasToken && fields.text('github_app_id') !== '') throw new ProwError('PROW_POD_UTILS_OPTION', 'oauth_token_file and github_app_id exclude each other');
  return {
    srcRoot,
    log,
    gitUserName: fields.text('git_user_name'),
    gitUserEmail: fields.text('git_user_email'),
    refs,
    keyFiles: fields.texts('key_files'),
    oauthTokenFile: fields.text('oauth_token_file'),
    hostFingerprints: fields.texts('host_fingerprints'),
    maxParallelWorkers: fields.whole('max_parallel_workers'),
    fail: fields.flag('fail'),
    cookiePath: fields.text('cookie_path'),
    githubApiEndpoints: fields.texts('github_api_endpoints'),
    githubAppId: fields.text('github_app_id'),
    githubAppPrivateKeyFile: fields.text('github_app_private_key_file'),
    cacheDirectory: fields.text('cache_dir'),
  };
}

const sha = /^[0-9a-fA-F]{4,64}$/;

/** Checks what will become arguments of git. The object itself is kept: the record must show the refs as they came. */
function checkRefs(fields: Fields): Refs {
  for (const key of ['org', 'repo', 'repo_link', 'base_ref', 'path_alias', 'clone_uri']) fields.text(key);
  for (const key of ['skip_submodules', 'skip_fetch_head', 'blobless_fetch', 'workdir', 'auxiliary']) fields.flag(key);
  fields.whole('clone_depth');
  fields.texts('sparse_checkout_files');
  checkSha(fields.text('base_sha'), 'base_sha');
  for (const pull of fields.objects('pulls')) {
    pull.whole('number');
    pull.text('ref');
    checkSha(pull.text('sha'), 'sha of a pull');
  }
  if (fields.text('base_ref') === '' && fields.text('base_sha') === '') throw new ProwError('PROW_POD_UTILS_OPTION', `refs of ${fields.text('org')}/${fields.text('repo')}: neither base_ref nor base_sha is set`);
  return fields.raw() as unknown as Refs;
}

function checkSha(text: string, what: string): void {
  if (text !== '' && !sha.test(text)) throw new ProwError('PROW_POD_UTILS_OPTION', `${what}: found ${JSON.stringify(text.slice(0, 80))}, expected a commit's hash`);
}
