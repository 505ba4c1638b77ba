// plank: from ProwJobs to pods. upstream: Plank in pkg/config/config.go
import { bool, doc, integer, list, map, pointer, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import type { DecorationConfig } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { kubeDuration } from '../shapes/go-types.ts';
import { decorationConfig } from '../shapes/prowjob.ts';
import { checkUrl, narrowest } from './checks.ts';
import { checkController, controllerShape, defaultController } from './controller.ts';
import type { Controller } from './controller.ts';
import { entriesOfMap } from './default-entries.ts';
import type { DefaultEntry } from './default-entries.ts';

const defaultDecorationConfigEntry = struct('DefaultDecorationConfigEntry', {
  repo: doc('org/repo, org or *; empty is *', text),
  cluster: doc('A build cluster, or *; empty is *', text),
  config: pointer(decorationConfig),
});

export const plankShape = struct('Plank', {
  pod_pending_timeout: pointer(doc('A pod pending longer is given up. Default 10m', kubeDuration)),
  pod_running_timeout: pointer(doc('A pod running longer is stopped. Default 48h', kubeDuration)),
  pod_unscheduled_timeout: pointer(doc('A pod without a node for longer is given up. Default 5m', kubeDuration)),
  max_revivals: pointer(doc('How often a pod stopped from outside is started anew. Default 3', integer)),
  default_decoration_configs: doc('The older form of default_decoration_config_entries, by *, org or org/repo', map(decorationConfig)),
  default_decoration_config_entries: doc('All that match apply, later ones over earlier ones', list(defaultDecorationConfigEntry)),
  job_url_prefix_config: doc("deck's address, by *, org or org/repo", map(text)),
  jobURLPrefixDisableAppendStorageProvider: bool,
  build_cluster_status_file: doc('Where the state of the build clusters is written', text),
  job_queue_capacities: doc('Runs at the same time by queue; 0 stops the queue', map(integer)),
  build_cluster_max_concurrency: doc("Runs at the same time by build cluster; 0 sets no bound. Not upstream's", map(integer)),
}, [controllerShape]);

type PlankSection = TypeOf<typeof plankShape>;

export type Plank = PlankSection & Controller & {
  pod_pending_timeout: string;
  pod_running_timeout: string;
  pod_unscheduled_timeout: string;
  max_revivals: number;
};

export function defaultPlank(section: PlankSection): Plank {
  return {
    ...section,
    ...defaultController(section),
    pod_pending_timeout: section.pod_pending_timeout ?? '10m0s',
    pod_running_timeout: section.pod_running_timeout ?? '48h0m0s',
    pod_unscheduled_timeout: section.pod_unscheduled_timeout ?? '5m0s',
    max_revivals: section.max_revivals ?? 3,
  };
}

export function checkPlank(section: PlankSection, findings: Findings, where: Source): void {
  checkController(section, findings, where);
  if (Object.keys(section.default_decoration_configs ?? {}).length > 0 && (section.default_decoration_config_entries ?? []).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'default_decoration_configs and default_decoration_config_entries exclude one another', within(where, 'default_decoration_configs'));
  }
  for (const [key, url] of Object.entries(section.job_url_prefix_config ?? {})) {
    checkUrl(url, findings, within(where, 'job_url_prefix_config', key), `job_url_prefix_config of ${key}`);
  }
}

/** Both forms of the default decoration as one list, in the order they apply. */
export function decorationEntries(plank: PlankSection): (DefaultEntry & { config?: DecorationConfig })[] {
  const mapped = plank.default_decoration_configs;
  if (mapped !== undefined && Object.keys(mapped).length > 0) {
    return entriesOfMap(mapped).map(({ repo, value }) => ({ repo, config: value }));
  }
  return plank.default_decoration_config_entries ?? [];
}

/** The report comment's template for a repository, if any. upstream: ReportTemplateForRepo */
export function reportTemplateFor(plank: Plank, org: string, repo: string): string | undefined {
  return narrowest(plank.report_templates, org, repo);
}
