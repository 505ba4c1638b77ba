// The contract: an immutable configuration that changes as a whole.
import type { Registry } from 'prom-client';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { Finding, ProwConfig } from '@prow/model-config';
import type { PluginConfig } from '@prow/model-plugin-config';

/** Never changes; a changed configuration is another snapshot. */
export interface ConfigSnapshot {
  readonly config: ProwConfig;
  readonly plugins: PluginConfig;
  /** Digest of all files' contents: equal versions are equal configurations. */
  readonly version: string;
}

/** A job by kind, repository (of presubmits and postsubmits) and name. */
export interface JobKey {
  readonly kind: 'presubmit' | 'postsubmit' | 'periodic';
  readonly repo?: string;
  readonly name: string;
}

export interface ConfigDifference {
  readonly previous: ConfigSnapshot;
  readonly added: readonly JobKey[];
  readonly removed: readonly JobKey[];
  /** Jobs whose effective configuration is another, be it by a default. */
  readonly changed: readonly JobKey[];
  /** Whether anything but jobs changed in config.yaml or plugins.yaml. */
  readonly componentsChanged: boolean;
  readonly pluginsChanged: boolean;
}

export type ConfigListener = (snapshot: ConfigSnapshot, difference: ConfigDifference) => void;

/** How the last look at the files went. */
export interface ConfigStatus {
  /** False while the files hold a mistake: the snapshot is then that of before. */
  readonly ok: boolean;
  /** Unix milliseconds of the snapshot in use. */
  readonly loadedAt: number;
  /** Errors that keep the files from being used; empty when ok. */
  readonly errors: readonly Finding[];
}

/**
 * A configuration that follows its files. Listeners are called one after the other, after `current` has changed; an
 * error in one is logged and goes no further. A bad change keeps the snapshot, is logged once, and shows in `status`.
 */
export interface ConfigSource {
  current(): ConfigSnapshot;
  status(): ConfigStatus;
  subscribe(listener: ConfigListener): () => void;
  /** Looks at the files now, rather than when the file system tells. Resolves when done; never rejects. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Where the files are. Paths are files, or for jobs also folders. */
export interface ConfigPaths {
  readonly configPath: string;
  readonly jobConfigPaths?: readonly string[];
  readonly supplementalProwConfigDirs?: readonly string[];
  /** Default `_prowconfig.yaml`. */
  readonly supplementalProwConfigSuffix?: string;
  readonly pluginConfig?: string;
  readonly supplementalPluginConfigDirs?: readonly string[];
  /** Default `_pluginconfig.yaml`. */
  readonly supplementalPluginConfigSuffix?: string;
}

export interface ConfigSourceOptions extends ConfigPaths {
  readonly log: Logger;
  readonly clock: Clock;
  /** A folder for what was read, by content: a later process starts faster. Default: none. */
  readonly cacheDir?: string;
  readonly metrics?: Registry;
  /** Default true. */
  readonly watch?: boolean;
}
