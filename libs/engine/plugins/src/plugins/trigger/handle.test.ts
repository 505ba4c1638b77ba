import { describe, expect, test } from '@jest/globals';
import { PluginWorld, type WorldOptions } from '../../testing/plugin-world.ts';
import { trigger } from './index.ts';

const job = (name: string, more = ''): string => `    - {name: ${name}, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}${more}}\n`;
const config = `presubmits:\n  org/repo:\n${job('unit', ', always_run: true')}${job('docs', ', run_if_changed: "^docs/"')}${job('slow')}${job('extra', ', optional: true, always_run: true')}${job('rel', ', always_run: true, branches: [release]')}postsubmits:\n  org/repo:\n${job('post')}${job('post-docs', ', run_if_changed: "^docs/"')}`;
const world = (more: Partial<WorldOptions> = {}): PluginWorld => new PluginWorld({ plugin: trigger, config, members: ['member'], author: 'member', files: [{ filename: 'a' }], ...more });
const created = (...names: string[]): string[] => names.map((name) => `createProwJob ${name}`);

describe('pull requests', () => {
  test('of trusted authors run what runs by itself', async () => {
    expect(await world().pullRequest('opened')).toEqual(created('unit', 'extra'));
    expect(await world({ files: [{ filename: 'docs/x' }] }).pullRequest('opened')).toEqual(created('unit', 'docs', 'extra'));
    expect(await world({ files: [{ filename: 'y', previous_filename: 'docs/x', status: 'renamed' }] }).pullRequest('opened')).toEqual(created('unit', 'docs', 'extra'));
  });

  test('of strangers wait for somebody', async () => {
    const stranger = world({ author: 'x' });
    expect(await stranger.pullRequest('opened')).toEqual(['createComment Hi @x. Thank you for this pull request.', 'addLabels needs-ok-to-test']);
    expect(await stranger.pullRequest('synchronize')).toEqual([]);
    expect(await stranger.comment('member', '/ok-to-test')).toEqual(['addLabels ok-to-test', 'removeLabel needs-ok-to-test', ...created('unit', 'extra')]);
  });

  test('drafts do not run by themselves', async () => {
    expect(await world({ draft: true }).pullRequest('opened')).toEqual(['createComment This pull request is a draft, so no jobs run by themselves. Comment `/test all` to run them all the same.']);
    expect(await world({ draft: true }).pullRequest('synchronize')).toEqual([]);
    expect(await world({ draft: true }).comment('member', '/test all')).toEqual(created('unit', 'extra'));
  });

  test('a push stops the jobs of the push before, not its own', async () => {
    const pull = world();
    await pull.pullRequest('opened');
    expect(await pull.pullRequest('synchronize')).toEqual(['abort unit', 'abort extra', ...created('unit', 'extra')]);
    expect(await pull.pullRequest('closed')).toEqual(['abort unit', 'abort extra']);
  });

  test('the same delivery handled again creates nothing twice', async () => {
    const pull = world();
    await pull.pullRequest('opened');
    const names = pull.prowJobs.map(({ metadata }) => metadata.name);
    const again = world();
    await again.pullRequest('opened');
    expect(again.prowJobs.map(({ metadata }) => metadata.name)).toEqual(names);
    expect(names[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('labels: lgtm runs what nobody trusted, ok-to-test by a person runs', async () => {
    expect(await world({ author: 'x' }).pullRequest('labeled', { label: { name: 'lgtm' } })).toEqual(created('unit', 'extra'));
    expect(await world().pullRequest('labeled', { label: { name: 'lgtm' } })).toEqual([]);
    expect(await world({ author: 'x' }).pullRequest('labeled', { label: { name: 'ok-to-test' } })).toEqual(created('unit', 'extra'));
    expect(await world().pullRequest('labeled', { label: { name: 'ok-to-test' }, sender: { login: 'ci-bot' } })).toEqual([]);
  });

  test('edits matter when the base changes', async () => {
    expect(await world().pullRequest('edited', { changes: { title: { from: 'x' } } })).toEqual([]);
    expect(await world().pullRequest('edited', { changes: { base: { ref: { from: 'x' }, sha: { from: 'y' } } } })).toEqual(created('unit', 'extra'));
  });
});

describe('requires', () => {
  const requiring = `presubmits:\n  org/repo:\n${job('build')}${job('unit', ', requires: [build]')}${job('e2e', ', requires: [unit], optional: true')}${job('always', ', always_run: true, requires: [build]')}`;
  const chain = (): PluginWorld => world({ config: requiring });
  const end = (pull: PluginWorld, name: string, state: 'success' | 'failure'): void => {
    for (const { spec, status } of pull.prowJobs) if (spec.job === name && status.completionTime === undefined) Object.assign(status, { state, completionTime: '2026-01-02T03:04:05Z' });
  };

  test('what a job requires is started with it, all the way down', async () => {
    expect(await chain().comment('member', '/test e2e')).toEqual(created('e2e', 'unit', 'build'));
    expect(await chain().pullRequest('opened')).toEqual(created('always', 'build'));
  });

  test('not what has succeeded on this commit or is on its way; what has failed is run again', async () => {
    const pull = chain();
    await pull.comment('member', '/test unit');
    expect(await pull.comment('member', '/test e2e')).toEqual(created('e2e'));
    end(pull, 'build', 'success');
    end(pull, 'unit', 'failure');
    end(pull, 'e2e', 'failure');
    expect(await pull.comment('member', '/test e2e')).toEqual(created('e2e', 'unit'));
    for (const prowJob of pull.prowJobs) for (const each of prowJob.spec.refs?.pulls ?? []) each.sha = 'the head before';
    expect(await pull.comment('member', '/test unit')).toEqual(created('unit', 'build'));
  });
});

describe('comments', () => {
  test.each([
    ['/test unit', created('unit')],
    ['/test slow, docs\r\n', created('docs', 'slow')],
    ['/test unit\n/test slow', created('unit', 'slow')],
    ['/test-manual-required', created('slow')],
    ['```\n/test unit\n```', []],
    ['```\n/test unit\n```\n/test slow', created('slow')],
    ['~~~\n/test unit\n', []],
    ['> /test unit', []],
    ['/TEST unit', []],
    ['nothing', []],
  ])('%j', async (body, changes) => expect(await world().comment('member', body)).toEqual(changes));

  test('/retest goes by statuses and marks its jobs', async () => {
    const pull = world({ statuses: [{ context: 'unit', state: 'failure' }, { context: 'slow', state: 'error' }, { context: 'extra', state: 'success' }] });
    expect(await pull.comment('member', '/retest')).toEqual(created('unit', 'slow'));
    expect(pull.prowJobs[0]?.metadata.labels).toMatchObject({ 'prow.k8s.io/retest': 'true', 'prow.k8s.io/is-optional': 'false' });
  });

  test.each(['/test', '/test ?', '/test nothing', '/test rel', '/retest unit'])('%s is answered with the list of jobs', async (body) => {
    const pull = world();
    expect(await pull.comment('member', body)).toEqual([expect.stringMatching(/^createComment @member: /)]);
    expect(pull.comments.at(-1)?.body).toContain('/test slow');
    expect(pull.comments.at(-1)?.body).not.toMatch(/^\/test rel$/m);
    expect((await pull.comment('member', '/test unit'))[0]).toMatch(/^deleteComment @member/);
  });

  test('strangers are refused on untrusted pull requests, heard on trusted ones', async () => {
    expect(await world({ author: 'x' }).comment('x', '/test unit')).toEqual([expect.stringContaining('createComment @x: Jobs start once a trusted user')]);
    expect(await world({ author: 'x', labels: ['ok-to-test'] }).comment('y', '/test unit')).toEqual(created('unit'));
    expect(await world().comment('y', '/test unit')).toEqual(created('unit'));
    expect(await world().comment('y', '/ok-to-test cancel')).toEqual([expect.stringContaining('createComment @y')]);
    expect(await world({ labels: ['ok-to-test'] }).comment('member', '/ok-to-test cancel')).toEqual(['addLabels needs-ok-to-test', 'removeLabel ok-to-test']);
  });

  test('closed pull requests, issues, edits and the bot are left alone', async () => {
    expect(await world({ state: 'closed' }).comment('member', '/test unit')).toEqual([]);
    expect(await world().comment('member', '/test unit', { onIssue: true })).toEqual([]);
    expect(await world().comment('member', '/test unit', { action: 'edited' })).toEqual([]);
    expect(await world().comment('ci-bot', '/test unit')).toEqual([]);
  });

  test('workflows, where switched on', async () => {
    const answers = { listWorkflowRuns: [{ id: 1, status: 'completed', conclusion: 'failure' }, { id: 2, status: 'completed', conclusion: 'action_required' }, { id: 3, status: 'completed', conclusion: 'success' }] };
    const settings = 'triggers:\n- repos: [org]\n  trigger_github_workflows: true\n';
    expect(await world({ answers, settings, statuses: [{ context: 'unit', state: 'success' }, { context: 'extra', state: 'success' }] }).comment('member', '/retest')).toEqual(['rerunFailedJobs {"runId":1}']);
    expect(await world({ answers, settings }).comment('member', '/ok-to-test')).toEqual(['addLabels ok-to-test', 'approveWorkflowRun {"runId":2}', ...created('unit', 'extra')]);
  });

  test('a comment of ten thousand commands takes bounded time', async () => {
    const body = Array.from({ length: 6000 }, (_, index) => `/test x${index}`).join('\n').slice(0, 65_536);
    expect(await world().comment('member', body)).toHaveLength(1);
  });

  test('patterns that make other engines hang, on three thousand files and the longest comment', async () => {
    const bombs = `presubmits:\n  org/repo:\n${job('bomb', ', run_if_changed: "^(a+)+$"')}${job('asked', ', trigger: "(?m)^/run (x+x+)+y$", rerun_command: "/run xxy"')}`;
    const files = Array.from({ length: 3000 }, (_, index) => ({ filename: `${'a'.repeat(150)}${index}!` }));
    expect(await world({ config: bombs, files }).pullRequest('opened')).toEqual([]);
    expect(await world({ config: bombs, files: [...files, { filename: 'aaa' }] }).pullRequest('opened')).toEqual(created('bomb'));
    expect(await world({ config: bombs, files }).comment('member', `/run ${'x'.repeat(65_530)}`)).toEqual([]);
  });
});

describe('pushes', () => {
  const push = (more: object): Promise<string[]> => world().event('push', { ref: 'refs/heads/main', before: 'b', after: 'c'.repeat(40), commits: [{ added: ['x'] }], ...more });
  test('run postsubmits', async () => {
    expect(await push({})).toEqual(created('post'));
    expect(await push({ commits: [{ removed: ['docs/x'] }] })).toEqual(created('post', 'post-docs'));
    expect(await push({ ref: 'refs/tags/v1' })).toEqual(created('post'));
    const requiring = `postsubmits:\n  org/repo:\n${job('images', ', run_if_changed: "^images/"')}${job('deploy', ', requires: [images]')}`;
    const pushed = { ref: 'refs/heads/main', before: 'b', after: 'c'.repeat(40), commits: [{ added: ['x'] }] };
    expect(await world({ config: requiring }).event('push', pushed)).toEqual(created('deploy', 'images'));
    expect(await push({ deleted: true })).toEqual([]);
    expect(await push({ after: '0'.repeat(40) })).toEqual([]);
  });
});
