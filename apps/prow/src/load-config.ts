// The configuration that a command's flags name, and the complaint where it has errors.
import { configFlags, configPathsFrom, ConfigLoader, describeFindings, locateFindings } from '@prow/clients-config-source';
import type { ConfigSettings, LoadResult } from '@prow/clients-config-source';
import { ProwError } from '@prow/base-errors';

export { configFlags };

export function loadConfiguration(settings: ConfigSettings): LoadResult {
  const loader = new ConfigLoader(configPathsFrom(settings), {
    nowMs: () => Date.now(),
    ...(settings.configCacheDir === '' ? {} : { cacheDir: settings.configCacheDir }),
  });
  const result = loader.load();
  loader.store();
  return result;
}

/** @throws ProwError PROW_CLI_CONFIG with all errors at their places */
export function loadValidConfiguration(settings: ConfigSettings): LoadResult {
  const result = loadConfiguration(settings);
  const errors = result.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) throw new ProwError('PROW_CLI_CONFIG', `the configuration has errors\n${describeFindings(locateFindings(errors.slice(0, 50)))}`);
  return result;
}
