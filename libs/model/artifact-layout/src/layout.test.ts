import { describe, expect, test } from '@jest/globals';
import { aliasPath, basePath, buildLogFile, historyPath, jobUrl, jobUrlPrefix, latestBuildPaths, logChunkPath, objectUrl, parseBucket, repositorySegment } from './index.ts';

const presubmit = { type: 'presubmit', job: 'unit', refs: { org: 'o', repo: 'r', pulls: [{ number: 7 }] } };
const legacy = { path_strategy: 'legacy', default_org: 'o', default_repo: 'main' };

describe('the segment of a repository', () => {
  test.each([
    [{ path_strategy: 'explicit' }, 'o', 'r', 'o_r'],
    [{ path_strategy: 'explicit' }, 'https://gerrit.example.org', 'a/b', 'gerrit.example.org_a_b'],
    [legacy, 'o', 'main', ''],
    [legacy, 'o', 'r', 'r'],
    [legacy, 'o', 'a/b', 'a/b'],
    [legacy, 'x', 'main', 'x_main'],
    [{ ...legacy, path_strategy: 'single' }, 'o', 'main', ''],
    [{ ...legacy, path_strategy: 'single' }, 'o', 'r', 'o_r'],
  ])('%j %s/%s', (configuration, org, repo, expected) => {
    expect(repositorySegment(configuration, { org, repo })).toBe(expected);
  });

  test('an unknown strategy is refused', () => {
    expect(() => repositorySegment({ path_strategy: 'x' }, { org: 'o', repo: 'r' })).toThrow(/path_strategy: found "x"/);
  });
});

describe('paths', () => {
  test('of each type', () => {
    const configuration = { path_strategy: 'explicit' };
    expect(basePath(presubmit, '1', configuration)).toBe('pr-logs/pull/o_r/7/unit/1');
    expect(basePath({ ...presubmit, type: 'batch' }, '1', configuration)).toBe('pr-logs/pull/batch/unit/1');
    expect(basePath({ type: 'periodic', job: 'unit' }, '1', configuration)).toBe('logs/unit/1');
    expect(basePath(presubmit, '1', { ...legacy, default_repo: 'r' })).toBe('pr-logs/pull/7/unit/1');
    expect([aliasPath(presubmit, '1'), aliasPath({ type: 'batch', job: 'unit' }, '1')]).toEqual(['pr-logs/directory/unit/1.txt', undefined]);
    expect([historyPath({ type: 'batch', job: 'u' }), historyPath({ type: 'postsubmit', job: 'u' })]).toEqual(['pr-logs/directory/u', 'logs/u']);
    expect([buildLogFile(), buildLogFile('c'), logChunkPath('a/build-log.txt', 12)]).toEqual(['build-log.txt', 'c-build-log.txt', 'a/build-log.txt.chunks/000012']);
  });

  test('the prefix goes before the base alone', () => {
    expect(basePath(presubmit, '1', { path_strategy: 'explicit', path_prefix: 'p/q' })).toBe('p/q/pr-logs/pull/o_r/7/unit/1');
    expect(latestBuildPaths(presubmit, { path_strategy: 'explicit', path_prefix: 'p' })).toEqual(['pr-logs/directory/unit/latest-build.txt', 'pr-logs/pull/o_r/7/unit/latest-build.txt']);
  });

  test('what has no place is refused', () => {
    expect(() => basePath({ type: 'presubmit', job: 'u' }, '1', {})).toThrow(/needs refs with a pull/);
    expect(() => basePath({ type: 'other', job: 'u' }, '1', {})).toThrow(/found "other"/);
  });
});

describe('buckets', () => {
  test.each([
    ['name', { provider: 'gs', bucket: 'name', path: '' }],
    ['gs://name/a/b/', { provider: 'gs', bucket: 'name', path: 'a/b' }],
    ['s3://name', { provider: 's3', bucket: 'name', path: '' }],
    ['file:///a/b/', { provider: 'file', bucket: '', path: '/a/b' }],
  ])('%s', (text, expected) => {
    expect(parseBucket(text)).toEqual(expected);
  });
  test.each(['', 'gs://', 'ftp://x', 'file://relative'])('refuses %j', (text) => {
    expect(() => parseBucket(text)).toThrow(/bucket: found/);
  });
  test('addresses keep their scheme', () => {
    expect([objectUrl('b', 'x'), objectUrl('s3://b/', 'x')]).toEqual(['gs://b/x', 's3://b/x']);
  });
});

describe('a job\'s URL', () => {
  const job = { spec: { ...presubmit, decoration_config: { gcs_configuration: { bucket: 's3://b/p', path_strategy: 'explicit' } } }, status: { build_id: '1' } };
  test('prefix, provider, bucket, path', () => {
    expect(jobUrl({ job_url_prefix_config: { '*': 'https://x/view/' } }, job)).toBe('https://x/view/s3/b/p/pr-logs/pull/o_r/7/unit/1');
    expect(jobUrl({ job_url_prefix_config: { '*': 'https://x/view' }, jobURLPrefixDisableAppendStorageProvider: true }, job)).toBe('https://x/view/b/p/pr-logs/pull/o_r/7/unit/1');
    const odd = { spec: { type: 'periodic', job: 'a b?#', decoration_config: { gcs_configuration: { bucket: 'b', path_strategy: 'explicit' } } }, status: { build_id: '1' } };
    expect(jobUrl({ job_url_prefix_config: { '*': 'https://x' } }, odd)).toBe('https://x/gs/b/logs/a%20b%3F%23/1');
  });
  test('a prefix with a path, escapes and a query, as upstream writes URLs', () => {
    const url = (prefix: string): string => jobUrl({ job_url_prefix_config: { '*': prefix } }, job);
    const tail = 's3/b/p/pr-logs/pull/o_r/7/unit/1';
    expect(url('https://x/a b//c/')).toBe(`https://x/a%20b/c/${tail}`);
    expect(url('https://x/%41/ü?q=1#f')).toBe(`https://x/A/%C3%BC/${tail}?q=1#f`);
    expect(url('/view')).toBe(`/view/${tail}`);
    expect(url('https://x/%zz')).toBe(`https://x/%25zz/${tail}`);
  });
  test('the most specific prefix', () => {
    const job_url_prefix_config = { '*': 'any', o: 'org', 'o/r': 'repo' };
    expect(jobUrlPrefix({ job_url_prefix_config }, job)).toBe('repo');
    expect(jobUrlPrefix({ job_url_prefix_config }, { spec: { type: 'periodic', job: 'j', extra_refs: [{ org: 'o', repo: 'x' }] } })).toBe('org');
    expect(jobUrlPrefix({ job_url_prefix_config }, { spec: { type: 'periodic', job: 'j' } })).toBe('any');
    expect(jobUrlPrefix({ job_url_prefix_config }, { spec: { ...job.spec, decoration_config: { gcs_configuration: { job_url_prefix: 'own' } } } })).toBe('own');
  });
  test('without prefix or decoration, the template\'s', () => {
    expect(jobUrl({}, job, () => 'from the template')).toBe('from the template');
    expect(jobUrl({ job_url_prefix_config: { '*': 'https://x' } }, { spec: presubmit }, () => 't')).toBe('t');
  });
});
