import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { presubmitsFor } from '@prow/model-config';
import { useTempDirs } from '@prow/testing-harness';
import { Registry } from 'prom-client';
import { ConfigLoader, configSourceFrom, openConfigSource } from './index.ts';
import type { ConfigDifference, ConfigSettings, ConfigSource } from './index.ts';

const tempDir = useTempDirs();

const job = (name: string, more = ''): string => `presubmits:\n  o/r:\n  - name: ${name}\n    always_run: true\n${more}    spec: {containers: [{image: x, command: [a]}]}\n`;

function makeFiles(): { dir: string; write: (name: string, text: string) => void; open: (options?: { watch?: boolean; metrics?: Registry }) => Promise<ConfigSource> } {
  const dir = tempDir('config');
  const write = (name: string, text: string): void => {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    // As editors and kubelet do it: never a half-written file.
    writeFileSync(join(dir, `${name}.new`), text);
    renameSync(join(dir, `${name}.new`), join(dir, name));
  };
  write('config.yaml', 'prowjob_namespace: jobs\n');
  write('plugins.yaml', 'plugins: {o: {plugins: [trigger]}}\n');
  write('jobs/o/r.yaml', job('unit'));
  const open = (options: { watch?: boolean; metrics?: Registry } = {}): Promise<ConfigSource> => openConfigSource({
    configPath: join(dir, 'config.yaml'), jobConfigPaths: [join(dir, 'jobs')], pluginConfig: join(dir, 'plugins.yaml'),
    log: silentLogger, clock: systemClock, watch: false, ...options,
  });
  return { dir, write, open };
}

const names = (source: ConfigSource): string[] => presubmitsFor(source.current().config, 'o/r').map((each) => each.name);

describe('openConfigSource', () => {
  test('loads, and follows changes with their difference', async () => {
    const files = makeFiles();
    const source = await files.open();
    const seen: ConfigDifference[] = [];
    source.subscribe((_snapshot, difference) => seen.push(difference));
    const before = source.current();
    expect(names(source)).toEqual(['unit']);
    files.write('jobs/o/r.yaml', job('unit', '    optional: true\n'));
    files.write('jobs/o/more.yaml', job('more'));
    await source.refresh();
    expect(names(source)).toEqual(['more', 'unit']);
    expect(seen).toMatchObject([{ added: [{ kind: 'presubmit', repo: 'o/r', name: 'more' }], removed: [], changed: [{ name: 'unit' }], componentsChanged: false, pluginsChanged: false }]);
    expect(presubmitsFor(before.config, 'o/r').map((each) => each.name)).toEqual(['unit']);
    files.write('config.yaml', 'prowjob_namespace: other\n');
    rmSync(join(files.dir, 'jobs/o/more.yaml'));
    await source.refresh();
    expect(seen[1]).toMatchObject({ added: [], removed: [{ name: 'more' }], componentsChanged: true });
    expect(source.current().config.prowjob_namespace).toBe('other');
    await source.close();
  });

  test('a job of an unchanged file stays the same object', async () => {
    const files = makeFiles();
    files.write('jobs/o/more.yaml', job('more'));
    const source = await files.open();
    const unit = presubmitsFor(source.current().config, 'o/r').find((each) => each.name === 'unit');
    files.write('jobs/o/more.yaml', job('other'));
    await source.refresh();
    expect(presubmitsFor(source.current().config, 'o/r').find((each) => each.name === 'unit')).toBe(unit);
    await source.close();
  });

  test('a bad change keeps the snapshot and is told; mending it is enough', async () => {
    const files = makeFiles();
    const metrics = new Registry();
    const source = await files.open({ metrics });
    const good = source.current();
    files.write('jobs/o/r.yaml', 'presubmits: {o/r: [{name: unit, run_if_changed: "("}]}\n');
    await source.refresh();
    expect(source.current()).toBe(good);
    expect(source.status()).toMatchObject({ ok: false, errors: expect.arrayContaining([expect.objectContaining({ code: 'PROW_CONFIG_REGEX', line: 0 })]) });
    expect(await metrics.metrics()).toMatch(/prow_config_load_successful 0/);
    files.write('jobs/o/r.yaml', job('mended'));
    await source.refresh();
    expect(source.status().ok).toBe(true);
    expect(names(source)).toEqual(['mended']);
    await source.close();
  });

  test('sees changes by itself, also the swap of a mounted ConfigMap', async () => {
    const dir = tempDir('mounted');
    mkdirSync(join(dir, '..v1'));
    writeFileSync(join(dir, '..v1', 'config.yaml'), 'pod_namespace: one\n');
    symlinkSync('..v1', join(dir, '..data'));
    symlinkSync('..data/config.yaml', join(dir, 'config.yaml'));
    const source = await openConfigSource({ configPath: join(dir, 'config.yaml'), log: silentLogger, clock: systemClock });
    const changed = new Promise<string>((resolve) => {
      source.subscribe((snapshot) => resolve(snapshot.config.pod_namespace));
    });
    mkdirSync(join(dir, '..v2'));
    writeFileSync(join(dir, '..v2', 'config.yaml'), 'pod_namespace: two\n');
    symlinkSync('..v2', join(dir, '..data_tmp'));
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
    expect(await changed).toBe('two');
    await source.close();
  });

  test('a first load with errors shows each at its place', async () => {
    const files = makeFiles();
    files.write('jobs/o/r.yaml', job('unit', '    max_concurrency: -1\n'));
    await expect(files.open()).rejects.toThrow(/r\.yaml:5:5: error: max_concurrency is -1, expected 0 or more/);
  });
});

describe('ConfigLoader', () => {
  const load = (dir: string, more: object = {}): ReturnType<ConfigLoader['load']> => new ConfigLoader({ configPath: join(dir, 'config.yaml'), jobConfigPaths: [join(dir, 'jobs')], ...more }, { nowMs: () => 0 }).load();

  test('walks as upstream does: names in order, no `..`, .prowignore, unique names', () => {
    const { dir, write } = makeFiles();
    write('jobs/b/b.yml', job('b'));
    write('jobs/..data/hidden.yaml', job('hidden'));
    write('jobs/a/skipped.yaml', job('skipped'));
    write('jobs/notes.txt', 'not yaml: [');
    write('jobs/.prowignore', 'a/\n');
    const { snapshot, findings } = load(dir);
    expect(findings).toEqual([]);
    expect(presubmitsFor(snapshot.config, 'o/r').map((each) => each.name)).toEqual(['b', 'unit']);
    write('jobs/c/r.yaml', job('again'));
    expect(load(dir).findings).toMatchObject([{ code: 'PROW_CONFIG_DUPLICATE_FILE' }]);
  });

  test('supplemental files merge, and only what may', () => {
    const { dir, write } = makeFiles();
    write('config.yaml', 'tide: {queries: [{repos: [o/r], labels: [lgtm]}], merge_method: {o: squash}}\n');
    write('extra/o_prowconfig.yaml', 'tide: {queries: [{repos: [o/s], labels: [lgtm]}], merge_method: {p: rebase}}\nbranch-protection: {orgs: {o: {protect: true}}}\n');
    write('extra/other.yaml', 'nonsense: [');
    const { snapshot, findings } = load(dir, { supplementalProwConfigDirs: [join(dir, 'extra')] });
    expect(findings).toEqual([]);
    expect(snapshot.config.tide.queries).toEqual([{ labels: ['lgtm'], repos: ['o/r', 'o/s'] }]);
    expect(snapshot.config.tide.merge_method).toEqual({ o: 'squash', p: 'rebase' });
    write('extra/p_prowconfig.yaml', 'plank: {max_concurrency: 3}\ntide: {merge_method: {o: rebase}}\n');
    expect(load(dir, { supplementalProwConfigDirs: [join(dir, 'extra')] }).findings.map((each) => each.code)).toEqual(['PROW_CONFIG_SUPPLEMENTAL', 'PROW_CONFIG_SET_TWICE']);
  });

  test('a later process finds what was read before', () => {
    const { dir, write } = makeFiles();
    const cacheDir = tempDir('cache');
    const make = (): ConfigLoader => new ConfigLoader({ configPath: join(dir, 'config.yaml'), jobConfigPaths: [join(dir, 'jobs')] }, { nowMs: () => 0, cacheDir });
    const first = make();
    const before = first.load();
    first.store();
    const again = make().load();
    expect(again.snapshot).toEqual(before.snapshot);
    write('jobs/o/r.yaml', job('changed'));
    expect(presubmitsFor(make().load().snapshot.config, 'o/r').map((each) => each.name)).toEqual(['changed']);
    writeFileSync(join(cacheDir, 'config-0.json'), '{broken');
    expect(make().load().findings).toEqual([]);
  });
});

describe('configSourceFrom', () => {
  test('parts with equal paths share one reading, and each closes for itself', async () => {
    const files = makeFiles();
    const settings: ConfigSettings = {
      configPath: join(files.dir, 'config.yaml'), jobConfigPaths: [join(files.dir, 'jobs')], pluginConfig: join(files.dir, 'plugins.yaml'), configCacheDir: '',
      supplementalProwConfigDirs: [], supplementalProwConfigSuffix: '_prowconfig.yaml', supplementalPluginConfigDirs: [], supplementalPluginConfigSuffix: '_pluginconfig.yaml',
    };
    const metrics = new Registry();
    const [hook, plank] = await Promise.all([configSourceFrom(settings, { log: silentLogger, clock: systemClock }), configSourceFrom(settings, { log: silentLogger, clock: systemClock, metrics })]);
    expect(plank.current()).toBe(hook.current());
    const seen: string[] = [];
    hook.subscribe(() => seen.push('hook'));
    plank.subscribe(() => seen.push('plank'));
    files.write('jobs/o/more.yaml', job('more'));
    // Who comes later sees the files as they are now.
    const deck = await configSourceFrom(settings, { log: silentLogger, clock: systemClock });
    expect(names(deck)).toEqual(['more', 'unit']);
    expect(seen).toEqual(['hook', 'plank']);
    await hook.close();
    await hook.close();
    files.write('jobs/o/more.yaml', 'presubmits: 7\n');
    await plank.refresh();
    expect(deck.status().ok).toBe(false);
    expect(await metrics.metrics()).toContain('prow_config_load_successful 0');
    rmSync(join(files.dir, 'jobs/o/more.yaml'));
    await deck.refresh();
    expect(seen).toEqual(['hook', 'plank', 'plank']);
    expect(plank.status().ok).toBe(true);
    await Promise.all([plank.close(), deck.close()]);
  });
});
