import type { NewCheckRun, Statuses } from '../roles/statuses.ts';
import type { CheckRun, CombinedStatus, Status } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { cutDescription, normalizeStatus } from './normalize.ts';

export function statuses(ask: Asker): Statuses {
  return {
    createStatus: async ({ org, repo, sha, state, context, description, targetUrl }) => {
      const body = {
        state,
        // As upstream: GitHub gives an empty context its own name.
        ...(context === '' ? {} : { context }),
        ...(description === undefined ? {} : { description: cutDescription(description) }),
        ...(targetUrl === undefined || targetUrl === '' ? {} : { target_url: targetUrl }),
      };
      await ask.write('POST /repos/{owner}/{repo}/statuses/{sha}', { owner: org, repo, sha, ...body }, { repeatable: true, dryRun: undefined });
    },
    getCombinedStatus: async ({ org, repo, ref }) => {
      const route = 'GET /repos/{owner}/{repo}/commits/{ref}/status';
      const parameters = { owner: org, repo, ref, per_page: 100 };
      const first = await ask.get<CombinedStatus & { total_count?: number }>(route, parameters);
      const found = [...(first.statuses ?? [])];
      for (let page = 2; found.length < (first.total_count ?? 0); page += 1) {
        const more = await ask.get<CombinedStatus>(route, { ...parameters, page });
        if (more.statuses.length === 0) break;
        found.push(...more.statuses);
      }
      return { sha: first.sha, state: first.state, statuses: found.map((status) => normalizeStatus(status)) };
    },
    listStatuses: async ({ org, repo, ref }) => {
      const found = await ask.list<Status>('GET /repos/{owner}/{repo}/commits/{ref}/statuses', { owner: org, repo, ref });
      return found.map((status) => normalizeStatus(status));
    },
    listCheckRuns: ({ org, repo, ref }) =>
      ask.list<CheckRun>('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { owner: org, repo, ref, filter: 'latest' }, { key: 'check_runs' }),
    createCheckRun: async ({ org, repo, headSha, ...run }) => {
      const made = await ask.write('POST /repos/{owner}/{repo}/check-runs', { owner: org, repo, head_sha: headSha, ...wireCheckRun(run) }, { dryRun: { id: 0 } });
      return { id: made.id };
    },
    updateCheckRun: async ({ org, repo, id, ...run }) => {
      await ask.write('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { owner: org, repo, check_run_id: id, ...wireCheckRun(run) }, { dryRun: { id } });
    },
  };
}

function wireCheckRun({ name, status, conclusion, detailsUrl, externalId, startedAt, completedAt, output }: Omit<NewCheckRun, 'org' | 'repo' | 'headSha'>): { name: string } {
  const optional = { status, conclusion, details_url: detailsUrl, external_id: externalId, started_at: startedAt, completed_at: completedAt, output };
  return { name, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) };
}
