// Warnings: what loads although it is surely not meant so. upstream: cmd/checkconfig, and more.
import type { LoadResult } from '@prow/clients-config-source';
import type { Finding } from '@prow/model-config';
import { Findings } from '@prow/model-config';
import { lintJobs } from './lint-jobs.ts';
import { lintPlugins } from './lint-plugins.ts';
import { lintSchema } from './lint-schema.ts';
import { lintTide } from './lint-tide.ts';
import { lintText } from './lint-text.ts';

export interface LintContext {
  readonly configFile: string | undefined;
  readonly pluginFile: string | undefined;
}

export function lintConfiguration(loaded: LoadResult, options: { hasPlugins: boolean }): readonly Finding[] {
  const findings = new Findings();
  const { config, plugins } = loaded.snapshot;
  const context: LintContext = {
    configFile: loaded.files.find((file) => file.kind === 'config')?.path,
    pluginFile: loaded.files.find((file) => file.kind === 'plugins')?.path,
  };
  lintText(loaded.files, findings);
  lintSchema(loaded.files, findings);
  lintJobs(config, findings);
  lintTide(config, findings, context);
  if (options.hasPlugins) lintPlugins(config, plugins, findings, context);
  return findings.items;
}
