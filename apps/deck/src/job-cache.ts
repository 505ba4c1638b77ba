// The ProwJobs that this deck may show, newest first, from an informer; summarised once a change.
import type { Informer } from '@prow/clients-kube';
import { summarizeJob, type JobSummary } from '@prow/model-deck-api';
import { defaultTenantId, type ProwJob } from '@prow/model-prowjob';

export interface Visibility {
  hiddenOnly: boolean;
  showHidden: boolean;
  /** Empty: jobs without a tenant. */
  tenantIds: readonly string[];
  /** `deck.hidden_repos`: orgs and org/repos. */
  hiddenRepos: () => readonly string[];
}

/** upstream: cmd/deck/main.go, the job agent's filter */
export function isVisible(prowJob: ProwJob, { hiddenOnly, showHidden, tenantIds, hiddenRepos }: Visibility): boolean {
  const tenant = prowJob.spec.prowjob_defaults?.tenant_id ?? '';
  if (tenantIds.length > 0) return tenantIds.includes(tenant);
  const hidden = new Set(hiddenRepos());
  const refs = [...(prowJob.spec.refs === undefined ? [] : [prowJob.spec.refs]), ...(prowJob.spec.extra_refs ?? [])];
  const isHidden = prowJob.spec.hidden === true || refs.some(({ org, repo }) => hidden.has(org) || hidden.has(`${org}/${repo}`));
  if (isHidden) return hiddenOnly || showHidden;
  return !hiddenOnly && (tenant === '' || tenant === defaultTenantId);
}

export class JobCache {
  readonly #informer: Informer<ProwJob>;
  readonly #visibility: Visibility;
  /** Undefined after a change. */
  #sorted: ProwJob[] | undefined;
  #summaries: JobSummary[] | undefined;
  #version = 0;

  constructor(informer: Informer<ProwJob>, visibility: Visibility) {
    this.#informer = informer;
    this.#visibility = visibility;
    informer.addIndex('build', ({ spec, status }) => [`${spec.job}/${status.build_id ?? ''}`]);
    informer.addIndex('path', ({ status }) => [pathOfUrl(status.url ?? '')]);
    const changed = (): void => this.invalidate();
    informer.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
  }

  /** Forget what was computed: after a change of jobs, or of configuration. */
  invalidate(): void {
    this.#sorted = undefined;
    this.#summaries = undefined;
    this.#version += 1;
  }

  /** Grows with every change; what an ETag is made of. */
  get version(): number {
    return this.#version;
  }

  /** Newest start first, then by job name. upstream: pkg/deck/jobs/jobs.go */
  all(): readonly ProwJob[] {
    this.#sorted ??= this.#informer
      .list()
      .filter((prowJob) => isVisible(prowJob, this.#visibility))
      .toSorted((a, b) => compare(b.status.startTime ?? '', a.status.startTime ?? '') || compare(a.spec.job, b.spec.job));
    return this.#sorted;
  }

  summaries(): readonly JobSummary[] {
    this.#summaries ??= this.all().map(summarizeJob);
    return this.#summaries;
  }

  byName(name: string): ProwJob | undefined {
    return this.all().find(({ metadata }) => metadata.name === name);
  }

  byBuild(job: string, buildId: string): ProwJob | undefined {
    return this.#informer.byIndex('build', `${job}/${buildId}`).find((prowJob) => isVisible(prowJob, this.#visibility));
  }

  /** The ProwJob whose page is `/view/KEY`. */
  byRunKey(key: string): ProwJob | undefined {
    return this.#informer.byIndex('path', `/view/${key}`).find((prowJob) => isVisible(prowJob, this.#visibility));
  }

  /** A hidden job's page is not to be had by its address either. */
  hides(key: string): boolean {
    return this.#informer.byIndex('path', `/view/${key}`).some((prowJob) => !isVisible(prowJob, this.#visibility));
  }
}

function pathOfUrl(url: string): string {
  const at = url.indexOf('/view/');
  return at === -1 ? '' : decodePath(url.slice(at).replace(/\/+$/, ''));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
