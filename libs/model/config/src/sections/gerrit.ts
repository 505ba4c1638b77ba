// Gerrit as a source of changes. upstream: Gerrit in pkg/config/config.go
import { always, bool, doc, integer, list, pointer, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { kubeDuration } from '../shapes/go-types.ts';
import { checkRegex, checkUrl } from './checks.ts';

export const gerritOrgReposShape = list(struct('GerritOrgRepoConfig', {
  org: text,
  repos: list(text),
  opt_out_help: bool,
  filters: pointer(struct('GerritQueryFilter', { branches: list(text), excluded_branches: list(text), opt_in_by_default: bool })),
}));

export const gerritShape = struct('Gerrit', {
  tick_interval: pointer(doc('Default 1m', kubeDuration)),
  ratelimit: doc('Changes handled a tick at most. Default 5', integer),
  deck_url: text,
  org_repos_config: pointer(gerritOrgReposShape),
  allowed_presubmit_trigger_re: doc('Regular expression of the comments that may start jobs', text),
});

export type Gerrit = TypeOf<typeof gerritShape> & { tick_interval: string; ratelimit: number };

export function defaultGerrit(section: TypeOf<typeof gerritShape>): Gerrit {
  return { ...section, tick_interval: section.tick_interval ?? '1m0s', ratelimit: section.ratelimit ?? 5 };
}

export function checkGerrit(section: TypeOf<typeof gerritShape>, findings: Findings, where: Source): void {
  if (section.allowed_presubmit_trigger_re !== undefined) {
    checkRegex(section.allowed_presubmit_trigger_re, findings, within(where, 'allowed_presubmit_trigger_re'), 'allowed_presubmit_trigger_re');
  }
  if (section.deck_url !== undefined) checkUrl(section.deck_url, findings, within(where, 'deck_url'), 'gerrit.deck_url');
}

/** tide's part. upstream: TideGerritConfig */
export const tideGerritShape = struct('TideGerritConfig', { queries: always(gerritOrgReposShape), ratelimit: doc('Default 5', integer) });
