import type { ConfigSnapshot } from '@prow/clients-config-source';
import {
  batchSizeLimitFor, branchProtectionFor, contextPolicyFor, encodeComponents, mergeMethodFor, presubmitsFor,
  tideQueryOrgSearches, tideQuerySearch,
} from '@prow/model-config';
import { encodePluginConfig } from '@prow/model-plugin-config';
import { splitRepo } from './fixed-change.ts';

export function* dumpComponents({ config }: ConfigSnapshot): Generator<object> {
  yield encodeComponents(config) as object;
}

export function* dumpPlugins({ plugins }: ConfigSnapshot): Generator<object> {
  yield encodePluginConfig(plugins) as object;
}

const branches = ['main', 'master', 'release-1.33'];

/** Queries as searches, then what applies to three branches of each repository with presubmits. */
export function* dumpTide({ config }: ConfigSnapshot): Generator<object> {
  for (const [index, query] of (config.tide.queries ?? []).entries()) {
    yield { kind: 'query', index, config: query, search: tideQuerySearch(query), orgSearch: tideQueryOrgSearches(query) };
  }
  for (const orgRepo of Object.keys(config.presubmits)) {
    const { org, repo } = splitRepo(orgRepo);
    const presubmits = presubmitsFor(config, orgRepo);
    for (const branch of branches) {
      const contexts = contextPolicyFor(config, org, repo, branch, presubmits);
      const protection = branchProtectionFor(config, org, repo, branch, presubmits);
      yield {
        kind: 'branch',
        repo: orgRepo,
        branch,
        contextPolicy: contexts.policy ?? null,
        error: contexts.error ?? '',
        mergeMethod: mergeMethodFor(config, org, repo, branch),
        batchSizeLimit: batchSizeLimitFor(config, org, repo),
        branchProtection: protection.policy ?? null,
        branchProtectionError: protection.error ?? '',
      };
    }
  }
}
