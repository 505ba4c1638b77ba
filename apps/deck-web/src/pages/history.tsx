import { formatAge, formatDuration, type HistoryRun } from '@prow/model-deck-api';
import { fetchJobHistory, fetchPullHistory } from '../api.ts';
import { Trouble } from '../parts/shell.tsx';
import { State } from '../parts/state.tsx';
import { useLoaded } from '../use-loaded.ts';

export function JobHistoryPage({ job, address }: { job: string; address: URL }) {
  const before = address.searchParams.get('before') ?? undefined;
  const { value: page, error } = useLoaded(`${job} ${before ?? ''}`, () => fetchJobHistory(job, before), before === undefined ? 5000 : 0);
  const finished = (page?.runs ?? []).filter((run) => run.startedAt !== undefined && run.finishedAt !== undefined);
  const longest = Math.max(1, ...finished.map(durationOf));
  return (
    <>
      <h1>{job}</h1>
      <Trouble message={error} />
      {finished.length > 1 && (
        <div class="trend" role="img" aria-label="Durations of the runs below, oldest first">
          {finished.toReversed().map((run) => <a key={run.buildId} href={`/view/${run.key}`} class={`fill-${run.state}`} style={{ height: `${Math.max(6, (100 * durationOf(run)) / longest)}%` }} title={`${run.buildId}: ${run.state}, ${formatDuration(durationOf(run))}`} />)}
        </div>
      )}
      {page === undefined ? <p class="quiet">Loading…</p> : page.runs.length === 0 ? <div class="empty"><p>No run of this job is in storage.</p></div> : (
        <div class="table-frame">
          <table>
            <thead><tr><th>State</th><th>Build</th><th>Revision</th><th>Started</th><th>Duration</th></tr></thead>
            <tbody>
              {page.runs.map((run) => (
                <tr key={run.buildId}>
                  <td><State state={run.state} /></td>
                  <td><a href={`/view/${run.key}`}>{run.buildId}</a></td>
                  <td><code>{run.revision.slice(0, 12)}</code></td>
                  <td>{run.startedAt === undefined ? '' : formatAge(Date.now(), run.startedAt)}</td>
                  <td>{run.startedAt === undefined || run.finishedAt === undefined ? '' : formatDuration(durationOf(run))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="links">{before !== undefined && <a href={`/job-history/${job}`}>Newest</a>}{page?.older !== undefined && <a href={`/job-history/${job}?before=${page.older}`}>Older</a>}</p>
    </>
  );
}

function durationOf({ startedAt = 0, finishedAt = 0 }: HistoryRun): number {
  return Math.max(0, finishedAt - startedAt);
}

export function PullHistoryPage({ address }: { address: URL }) {
  const { value: history, error } = useLoaded(address.search, () => fetchPullHistory(address.searchParams), 5000);
  if (history === undefined) return error === undefined ? <p class="quiet">Loading…</p> : <Trouble message={error} />;
  return (
    <>
      <h1>{history.org}/{history.repo} #{history.number}</h1>
      <Trouble message={error} />
      {history.rows.length === 0 ? <div class="empty"><p>No job of this pull request has left artifacts yet.</p></div> : (
        <div class="table-frame">
          <table>
            <thead><tr><th>Job</th>{history.commits.map((commit) => <th key={commit}><code>{commit.slice(0, 7)}</code></th>)}</tr></thead>
            <tbody>
              {history.rows.map((row) => (
                <tr key={row.job}>
                  <td><a href={`/job-history/${row.job}`}>{row.job}</a></td>
                  {history.commits.map((commit) => <td key={commit}>{row.runs.filter(({ revision }) => revision === commit).map((run) => <a key={run.buildId} href={`/view/${run.key}`}><State state={run.state} title={run.buildId} /></a>)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
