import { formatAge, formatDuration, isRunning, jobQueryFrom, jobStates, queryString, type JobQuery, type JobsAnswer, type JobSummary } from '@prow/model-deck-api';
import { fetchJobs } from '../api.ts';
import { Trouble } from '../parts/shell.tsx';
import { State, stateName } from '../parts/state.tsx';
import { navigate } from '../router.ts';
import { useLoaded } from '../use-loaded.ts';

const shownJobs = 500;

export function JobsPage({ address }: { address: URL }) {
  const query = jobQueryFrom(address.searchParams);
  const { value, error } = useLoaded(queryString(query), (signal) => fetchJobs(query, shownJobs, signal), 2000);
  return (
    <>
      <Trouble message={error} />
      <StateBar query={query} answer={value} />
      <Filters query={query} answer={value} />
      {value === undefined ? <p class="quiet">Loading…</p> : <JobTable answer={value} query={query} />}
    </>
  );
}

function withFilter(query: JobQuery, key: keyof JobQuery, value: string): string {
  const { [key]: _before, ...rest } = query;
  const parameters = new URLSearchParams(queryString(rest));
  if (value !== '') parameters.set(key, value);
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}

function StateBar({ query, answer }: { query: JobQuery; answer: JobsAnswer | undefined }) {
  const counts = jobStates.map((state) => ({ state, count: answer?.byState[state] ?? 0 })).filter(({ count }) => count > 0);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <section class="summary" aria-label="Jobs by state">
      <div class="bar" aria-hidden="true">
        {counts.map(({ state, count }) => <span key={state} class={`fill-${state}`} style={{ flexGrow: count }} />)}
      </div>
      <div class="counts">
        <a href={withFilter(query, 'state', '')} aria-current={query.state === undefined ? 'true' : undefined}><b>{total}</b> jobs</a>
        {counts.map(({ state, count }) => (
          <a key={state} href={withFilter(query, 'state', query.state === state ? '' : state)} aria-current={query.state === state ? 'true' : undefined}>
            <i class={`dot fill-${state}`} /> <b>{count}</b> {stateName(state)}
          </a>
        ))}
      </div>
    </section>
  );
}

function Filters({ query, answer }: { query: JobQuery; answer: JobsAnswer | undefined }) {
  const set = (key: keyof JobQuery) => (event: Event) => {
    if (event.currentTarget instanceof HTMLInputElement || event.currentTarget instanceof HTMLSelectElement) navigate(withFilter(query, key, event.currentTarget.value), { replace: true });
  };
  const select = (key: 'type' | 'repo' | 'author' | 'cluster', label: string, values: string[]) => (
    <label>
      {label}
      <select value={query[key] ?? ''} onChange={set(key)}>
        <option value="">all</option>
        {values.map((value) => <option key={value} value={value}>{value}</option>)}
      </select>
    </label>
  );
  const choices = answer?.choices;
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label class="wide">
        Job
        <input type="search" list="job-names" placeholder="name, * for anything" value={query.job ?? ''} onChange={set('job')} />
        <datalist id="job-names">{choices?.jobs.map((name) => <option key={name} value={name} />)}</datalist>
      </label>
      {select('repo', 'Repository', choices?.repos ?? [])}
      <label>
        Pull
        <input type="number" min="1" value={query.pull ?? ''} onChange={set('pull')} />
      </label>
      {select('author', 'Author', choices?.authors ?? [])}
      {select('type', 'Type', choices?.types ?? [])}
      {(choices?.clusters.length ?? 0) > 1 && select('cluster', 'Cluster', choices?.clusters ?? [])}
      {queryString(query) !== '' && <a class="button" href="/">Clear</a>}
    </form>
  );
}

function JobTable({ answer, query }: { answer: JobsAnswer; query: JobQuery }) {
  if (answer.total === 0) {
    return (
      <div class="empty">
        <p>{queryString(query) === '' ? 'No job has run yet. Open a pull request, and its jobs appear here.' : 'No job fits these filters.'}</p>
      </div>
    );
  }
  const now = Date.now();
  return (
    <>
      <div class="table-frame">
        <table>
          <thead><tr><th>State</th><th>Job</th><th>Repository</th><th>Revision</th><th>Started</th><th>Duration</th><th /></tr></thead>
          <tbody>{answer.jobs.map((job) => <JobRow key={job.name} job={job} now={now} />)}</tbody>
        </table>
      </div>
      {answer.total > answer.jobs.length && <p class="quiet">The newest {answer.jobs.length} of {answer.total}. Filters narrow them down.</p>}
    </>
  );
}

function JobRow({ job, now }: { job: JobSummary; now: number }) {
  const page = job.viewPath === '' ? (job.buildId === '' ? '' : `/view/prowjob/${job.job}/${job.buildId}`) : job.viewPath;
  return (
    <tr>
      <td><State state={job.state} title={job.description} /></td>
      <td class="job">{page === '' ? job.job : <a href={page}>{job.job}</a>}<small>{job.type}{job.cluster === 'default' ? '' : ` on ${job.cluster}`}</small></td>
      <td>{job.repo === '' ? <span class="quiet">none</span> : <a href={withFilter({}, 'repo', job.repo)}>{job.repo}</a>}</td>
      <td><Revision job={job} /></td>
      <td class="nowrap"><time dateTime={new Date(job.startedAt).toISOString()} title={new Date(job.startedAt).toLocaleString()}>{formatAge(now, job.startedAt)}</time></td>
      <td class="nowrap">{formatDuration((job.finishedAt ?? now) - job.startedAt)}{isRunning(job) ? '…' : ''}</td>
      <td class="nowrap links"><a href={`/job-history/${job.job}`} title="All runs of this job">history</a> <a href={`/prowjob?prowjob=${job.name}`} title="The ProwJob as YAML">yaml</a></td>
    </tr>
  );
}

export function Revision({ job }: { job: JobSummary }) {
  if (job.pulls.length === 0) return <>{job.baseRef}{job.baseSha === '' ? null : <> <code>{job.baseSha.slice(0, 7)}</code></>}</>;
  return (
    <>
      {job.pulls.map((pull) => (
        <span key={pull.number} class="pull" title={pull.title}>
          {pull.link === undefined || !/^https?:\/\//.test(pull.link) ? `#${pull.number}` : <a href={pull.link}>#{pull.number}</a>} <code>{pull.sha.slice(0, 7)}</code> {pull.author}
        </span>
      ))}
    </>
  );
}
