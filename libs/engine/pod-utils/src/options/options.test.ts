import { describe, expect, test } from '@jest/globals';
import { readCloneOptions } from '../clonerefs/options.ts';
import { readEntrypointOptions } from '../entrypoint/options.ts';
import { readSidecarOptions } from '../sidecar/options.ts';

const clone = (value: unknown, argv: string[] = []): ReturnType<typeof readCloneOptions> => readCloneOptions({ env: { CLONEREFS_OPTIONS: JSON.stringify(value) }, argv });
const basics = { src_root: '/go', log: '/logs/clone.json' };

describe('CLONEREFS_OPTIONS', () => {
  test('refs are kept as they came, flags add to the variable', () => {
    const refs = { org: 'o', repo: 'r', base_ref: 'main', unknown: 1 };
    const options = clone({ ...basics, refs: [refs] }, ['--cookiefile=/c', '-max-workers', '3']);
    expect(options.refs).toEqual([refs]);
    expect([options.cookiePath, options.maxParallelWorkers]).toEqual(['/c', 3]);
  });

  test.each([
    ['no object', '[]', /CLONEREFS_OPTIONS: found \[\], expected an object/],
    ['no JSON', '{', /CLONEREFS_OPTIONS is not JSON/],
    ['a wrong type', '{"src_root":7}', /CLONEREFS_OPTIONS: src_root: found 7, expected text/],
    ['nothing to clone', '{"src_root":"/a","log":"/b"}', /no refs/],
    ['a hash that is none', '{"src_root":"/a","log":"/b","refs":[{"org":"o","repo":"r","base_sha":"--upload-pack=x"}]}', /expected a commit's hash/],
    ['a pull whose hash is none', '{"src_root":"/a","log":"/b","refs":[{"org":"o","repo":"r","base_ref":"m","pulls":[{"number":1,"sha":"-x"}]}]}', /sha of a pull/],
    ['a NUL', '{"src_root":"/a\\u0000b","log":"/b"}', /src_root/],
    ['a token and an App', '{"src_root":"/a","log":"/b","oauth_token_file":"/t","github_app_id":"1","refs":[{"org":"o","repo":"r","base_ref":"m"}]}', /exclude each other/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => readCloneOptions({ env: { CLONEREFS_OPTIONS: text }, argv: [] })).toThrow(message);
  });

  test('flags alone', () => {
    const { refs } = readCloneOptions({ env: {}, argv: ['--src-root=/go', '--log', '/l', '--repo=o,r=main:abcdef,7:1234567,8:89abcdef:refs/x:y', '--clone-alias=o,r=example.org/r', '--uri-prefix=o=git@h:'] });
    expect(refs).toEqual([{ org: 'o', repo: 'r', base_ref: 'main', base_sha: 'abcdef', path_alias: 'example.org/r', clone_uri: 'git@h:/o/r', pulls: [{ number: 7, author: '', sha: '1234567' }, { number: 8, author: '', sha: '89abcdef', ref: 'refs/x:y' }] }]);
    expect(() => readCloneOptions({ env: {}, argv: ['--src-rot=/go'] })).toThrow(/unknown flag --src-rot; did you mean --src-root/);
    expect(() => readCloneOptions({ env: {}, argv: ['--log'] })).toThrow(/--log needs a value/);
  });
});

describe('ENTRYPOINT_OPTIONS', () => {
  const wrapper = { process_log: '/logs/p', marker_file: '/logs/m', metadata_file: '/logs/md' };
  test('durations are nanoseconds, 0 the default', () => {
    expect(readEntrypointOptions({ env: { ENTRYPOINT_OPTIONS: JSON.stringify({ timeout: 7_200_000_000_000, grace_period: 0, args: ['a'], ...wrapper }) }, argv: [] })).toMatchObject({ kind: 'run', options: { timeoutMs: 7_200_000, graceMs: 15_000, args: ['a'] } });
    expect(readEntrypointOptions({ env: {}, argv: ['--timeout=1m30s', '--process-log=/p', '--marker-file=/m', '--', 'run', '-x'] })).toMatchObject({ kind: 'run', options: { timeoutMs: 90_000, args: ['run', '-x'] } });
  });
  test('places', () => {
    expect(readEntrypointOptions({ env: {}, argv: ['--copy-mode-only'] })).toEqual({ kind: 'place', destination: '/tools/entrypoint' });
    expect(readEntrypointOptions({ env: {}, argv: ['-copy-mode-only', '--copy-dst', '/x/e'] })).toEqual({ kind: 'place', destination: '/x/e' });
    expect(readEntrypointOptions({ env: {}, argv: ['--copy-mode-only', '--copy-destination=/x/e'] })).toEqual({ kind: 'place', destination: '/x/e' });
  });
  test('needs a command', () => {
    expect(() => readEntrypointOptions({ env: { ENTRYPOINT_OPTIONS: JSON.stringify(wrapper) }, argv: [] })).toThrow(/no command/);
  });
});

describe('where to upload to', () => {
  const read = (...argv: string[]): ReturnType<typeof readSidecarOptions>['upload'] => readSidecarOptions({ env: { SIDECAR_OPTIONS: JSON.stringify({ entries: [{ args: ['a'], process_log: '/p', marker_file: '/m', metadata_file: '' }] }) }, argv }).upload;
  test("upstream's flags for people", () => {
    expect(read('--gcs-path=gs://bucket/a/b', '--media-type=log:text/plain,x:text/x').layout).toMatchObject({ bucket: 'gs://bucket', path_prefix: 'a/b' });
    expect(read('--gcs-path', 's3://bucket', '--media-type=log:text/plain,x:text/x').mediaTypes).toEqual({ log: 'text/plain', x: 'text/x' });
    expect(() => read('--gcs-path=bucket')).toThrow('found "bucket", expected gs://BUCKET/PREFIX');
    expect(() => read('--gcs-path=gs://b', '--media-type=log')).toThrow('found "log", expected EXTENSION:TYPE');
  });
});

describe('SIDECAR_OPTIONS', () => {
  test('refuses what has nowhere to go or nothing to wait for', () => {
    const read = (value: unknown): unknown => readSidecarOptions({ env: { SIDECAR_OPTIONS: JSON.stringify(value) }, argv: [] });
    expect(() => read({ gcs_options: { dry_run: false }, entries: [] })).toThrow(/bucket is missing/);
    expect(() => read({ gcs_options: { bucket: 'b', dry_run: false }, entries: [] })).toThrow(/entries is empty/);
    expect(() => read({ gcs_options: { bucket: 'b', items: 'x' }, entries: [] })).toThrow(/SIDECAR_OPTIONS: gcs_options: items: found "x", expected a list of text/);
  });
});
