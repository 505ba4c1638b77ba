import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '@prow/base-log';
import { ProwError } from '@prow/base-errors';
import type { Finding } from '@prow/model-config';
import type { ConfigListener, ConfigSnapshot, ConfigSource, ConfigSourceOptions, ConfigStatus } from './api.ts';
import { differenceOf } from './difference.ts';
import { ConfigLoader } from './load.ts';
import { describeFindings, locateFindings } from './located-finding.ts';
import { FolderWatcher } from './watch.ts';

/**
 * Loads a configuration and follows its files.
 * @throws ProwError PROW_CONFIG_INVALID whose message shows each error with its place; `details.findings` has them
 */
export async function openConfigSource(options: ConfigSourceOptions): Promise<ConfigSource> {
  const { log, clock } = options;
  const loader = new ConfigLoader(options, { nowMs: () => clock.now(), ...(options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }) });
  const startedAt = clock.now();
  const first = loader.load();
  const errors = errorsOf(first.findings);
  if (errors.length > 0) throw invalid(errors);
  loader.store();
  log.info('Configuration loaded', { files: first.files.length, durationMs: clock.now() - startedAt, configVersion: first.snapshot.version.slice(0, 12) });
  const source = new FileConfigSource(loader, first.snapshot, options);
  source.start(first.folders);
  return source;
}

function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'error');
}

function invalid(errors: readonly Finding[]): ProwError {
  const located = locateFindings(errors.slice(0, 50));
  const more = errors.length > 50 ? `\n… and ${errors.length - 50} more` : '';
  return new ProwError('PROW_CONFIG_INVALID', `the configuration has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${describeFindings(located)}${more}`, { details: { findings: located } });
}

class FileConfigSource implements ConfigSource {
  private readonly loader: ConfigLoader;
  private readonly log: Logger;
  private readonly now: () => number;
  private readonly listeners = new Set<ConfigListener>();
  private readonly watcher: FolderWatcher | undefined;
  private snapshot: ConfigSnapshot;
  private state: ConfigStatus;
  private seenVersion: string;

  constructor(loader: ConfigLoader, snapshot: ConfigSnapshot, options: ConfigSourceOptions) {
    this.loader = loader;
    this.log = options.log;
    this.now = () => options.clock.now();
    this.snapshot = snapshot;
    this.seenVersion = snapshot.version;
    this.state = { ok: true, loadedAt: this.now(), errors: [] };
    this.watcher = options.watch === false ? undefined : new FolderWatcher(options.clock, () => this.look());
    if (options.metrics !== undefined) showOnMetrics(this, options.metrics);
  }

  start(folders: readonly string[]): void {
    this.watcher?.follow(folders);
  }

  current(): ConfigSnapshot {
    return this.snapshot;
  }

  status(): ConfigStatus {
    return this.state;
  }

  subscribe(listener: ConfigListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async refresh(): Promise<void> {
    this.look();
  }

  async close(): Promise<void> {
    this.watcher?.close();
    this.listeners.clear();
  }

  private look(): void {
    const startedAt = this.now();
    const result = this.loader.load();
    this.watcher?.follow(result.folders);
    if (result.snapshot.version === this.seenVersion) return;
    this.seenVersion = result.snapshot.version;
    const errors = errorsOf(result.findings);
    if (errors.length > 0) {
      this.state = { ok: false, loadedAt: this.state.loadedAt, errors: locateFindings(errors.slice(0, 50)) };
      this.log.error('Changed configuration has errors and is not used', { errors: errors.length, findings: describeFindings(locateFindings(errors.slice(0, 10))) });
      return;
    }
    const previous = this.snapshot;
    const wasBad = !this.state.ok;
    this.snapshot = result.snapshot;
    this.state = { ok: true, loadedAt: this.now(), errors: [] };
    const difference = differenceOf(previous, result.snapshot);
    // As loud as the error was: who saw that one sees this.
    const tell = wasBad ? this.log.warn.bind(this.log) : this.log.info.bind(this.log);
    tell(wasBad ? 'Configuration has no errors any more and is used' : 'Configuration changed', {
      added: difference.added.length, removed: difference.removed.length, changed: difference.changed.length,
      durationMs: this.now() - startedAt, configVersion: result.snapshot.version.slice(0, 12),
    });
    for (const listener of this.listeners) {
      try {
        listener(result.snapshot, difference);
      } catch (error) {
        this.log.error('A listener to the configuration failed', { error });
      }
    }
  }
}

/** Asked for whenever the metrics are read. */
export function showOnMetrics(source: ConfigSource, registry: Registry): void {
  const gauge = (name: string, help: string, valueOf: (status: ConfigStatus) => number): Gauge =>
    new Gauge({ name, help, registers: [registry], collect() {
      this.set(valueOf(source.status()));
    } });
  gauge('prow_config_load_successful', 'Whether the configuration files as they are now could be loaded.', ({ ok }) => (ok ? 1 : 0));
  gauge('prow_config_load_time_seconds', 'Unix time of the configuration in use.', ({ loadedAt }) => loadedAt / 1000);
}
