// Who may rerun or abort a job. upstream: pkg/pjutil/pjutil.go, prow/config: RerunAuthConfig
import type { ProwJob, RerunAuthConfig } from '@prow/model-prowjob';

/** `deck.rerun_auth_configs`: `*`, org, org/repo; or `default_rerun_auth_configs`, where the last that fits wins. */
export interface RerunAuthSettings {
  rerun_auth_configs?: Readonly<Record<string, RerunAuthConfig>>;
  default_rerun_auth_configs?: readonly { repo?: string; cluster?: string; rerun_auth_configs?: RerunAuthConfig }[];
}

function fits(pattern: string | undefined, ...values: readonly string[]): boolean {
  return pattern === undefined || pattern === '' || pattern === '*' || values.includes(pattern);
}

/** What the configuration says for this job, deck's entry and the job's own. */
export function rerunAuthOf(settings: RerunAuthSettings, { spec }: ProwJob): RerunAuthConfig[] {
  const refs = spec.refs ?? spec.extra_refs?.[0];
  const keys = refs === undefined ? [] : [refs.org, `${refs.org}/${refs.repo}`];
  const entries =
    settings.default_rerun_auth_configs?.map(({ repo, cluster, rerun_auth_configs: config }) => ({ repo, cluster, config })) ??
    ['*', ...keys].map((key) => ({ repo: key, cluster: '*', config: settings.rerun_auth_configs?.[key] }));
  const ofDeck = entries.filter(({ repo, cluster, config }) => config !== undefined && fits(repo, ...keys) && fits(cluster, spec.cluster ?? 'default')).at(-1)?.config;
  return [ofDeck, spec.rerun_auth_config].filter((config) => config !== undefined);
}

/** Whether anybody may, without logging in. */
export function mayAnyone(settings: RerunAuthSettings, prowJob: ProwJob): boolean {
  return rerunAuthOf(settings, prowJob).some(({ allow_anyone }) => allow_anyone === true);
}
