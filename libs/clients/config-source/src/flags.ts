// The flags all components share. upstream: pkg/flagutil/config and pkg/flagutil/plugins
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { stringFlag, stringListFlag } from '@prow/base-flags';
import type { FlagValues } from '@prow/base-flags';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { ConfigPaths, ConfigSource } from './api.ts';
import { sharedConfigSource } from './shared.ts';

export const configFlags = {
  configPath: stringFlag('config-path', { help: 'Path of config.yaml.', default: '/etc/config/config.yaml' }),
  jobConfigPaths: stringListFlag('job-config-path', { help: 'Job files: a file, or a folder that is searched.' }),
  supplementalProwConfigDirs: stringListFlag('supplemental-prow-config-dir', { help: 'Folder searched for supplemental config files.' }),
  supplementalProwConfigSuffix: stringFlag('supplemental-prow-configs-filename-suffix', { help: 'How names of supplemental config files end.', default: '_prowconfig.yaml' }),
  pluginConfig: stringFlag('plugin-config', { help: 'Path of plugins.yaml.' }),
  supplementalPluginConfigDirs: stringListFlag('supplemental-plugin-config-dir', { help: 'Folder searched for supplemental plugin files.' }),
  supplementalPluginConfigSuffix: stringFlag('supplemental-plugin-configs-filename-suffix', { help: 'How names of supplemental plugin files end.', default: '_pluginconfig.yaml' }),
  configCacheDir: stringFlag('config-cache-dir', { help: "Folder for files as they were read, so that the next start is faster; '' for none. Default: prow in the user's cache folder.", default: defaultCacheDir() }),
} as const;

export type ConfigSettings = FlagValues<typeof configFlags>;

function defaultCacheDir(): string {
  const base = process.env.XDG_CACHE_HOME;
  try {
    return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'prow');
  } catch {
    return '';
  }
}

/** The paths that the flags name; flags given as '' count as not given. */
export function configPathsFrom(settings: ConfigSettings): ConfigPaths {
  return {
    configPath: settings.configPath,
    jobConfigPaths: settings.jobConfigPaths.filter((path) => path !== ''),
    supplementalProwConfigDirs: settings.supplementalProwConfigDirs,
    supplementalProwConfigSuffix: settings.supplementalProwConfigSuffix,
    ...(settings.pluginConfig === undefined || settings.pluginConfig === '' ? {} : { pluginConfig: settings.pluginConfig }),
    supplementalPluginConfigDirs: settings.supplementalPluginConfigDirs,
    supplementalPluginConfigSuffix: settings.supplementalPluginConfigSuffix,
  };
}

/**
 * Parts of one process with equal paths share one reading.
 * @throws ProwError PROW_CONFIG_INVALID
 */
export async function configSourceFrom(settings: ConfigSettings, host: { log: Logger; clock: Clock; metrics?: Registry }): Promise<ConfigSource> {
  return await sharedConfigSource({
    ...configPathsFrom(settings),
    ...(settings.configCacheDir === '' ? {} : { cacheDir: settings.configCacheDir }),
    log: host.log,
    clock: host.clock,
    ...(host.metrics === undefined ? {} : { metrics: host.metrics }),
  });
}
