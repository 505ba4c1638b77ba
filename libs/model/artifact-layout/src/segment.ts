// The path element that names a repository. upstream: pkg/pod-utils/gcs/target.go
import { ProwError } from '@prow/base-errors';
import type { LayoutConfiguration, LayoutRefs } from './job.ts';

/** Gerrit's org is a URL; a path element cannot be. */
function withoutScheme(org: string): string {
  return org.replace(/^https?:\/\//, '');
}

/**
 * `org_repo`, shortened as the path strategy says: `legacy` and `single` leave out the default repository (''), `legacy`
 * leaves out the default org (`repo`, in which slashes stay, as upstream).
 * @throws ProwError PROW_ARTIFACT_LAYOUT_STRATEGY for an unknown strategy
 */
export function repositorySegment(configuration: LayoutConfiguration, { org, repo }: Pick<LayoutRefs, 'org' | 'repo'>): string {
  const full = `${withoutScheme(org)}_${repo.replaceAll('/', '_')}`;
  const { path_strategy: strategy = '', default_org: defaultOrg = '', default_repo: defaultRepo = '' } = configuration;
  const isDefaultOrg = org === defaultOrg;
  const isDefault = isDefaultOrg && repo === defaultRepo;
  switch (strategy) {
    case 'explicit':
      return full;
    case 'legacy':
      if (isDefault) return '';
      return isDefaultOrg ? repo : full;
    case 'single':
      return isDefault ? '' : full;
    default:
      throw new ProwError('PROW_ARTIFACT_LAYOUT_STRATEGY', `path_strategy: found "${strategy}", expected explicit, legacy or single`, { details: { strategy } });
  }
}
