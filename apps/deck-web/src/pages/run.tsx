import { useState } from 'preact/hooks';
import { formatAge, formatDuration, formatSize, type ArtifactEntry, type RunAnswer, type TestReport } from '@prow/model-deck-api';
import { act, artifactUrl, fetchArtifacts, fetchRun } from '../api.ts';
import { messageOf } from '../message-of.ts';
import { LogView } from '../parts/log-view.tsx';
import { Trouble } from '../parts/shell.tsx';
import { State } from '../parts/state.tsx';
import { navigate } from '../router.ts';
import { useLoaded } from '../use-loaded.ts';
import { Revision } from './jobs.tsx';

export function RunPage({ runKey }: { runKey: string }) {
  const [isOver, setOver] = useState(false);
  const { value: run, error, reload } = useLoaded(runKey, async (signal) => {
    const answer = await fetchRun(runKey, signal);
    setOver(answer.finishedAt !== undefined && answer.logs.every(({ isLive }) => !isLive));
    return answer;
  }, isOver ? 0 : 2000);
  if (run === undefined) return error === undefined ? <p class="quiet">Loading…</p> : <><h1>No such run</h1><Trouble message={error} /></>;
  return (
    <>
      <Trouble message={error} />
      <Head run={run} reload={reload} />
      {run.tests !== undefined && <Tests report={run.tests} />}
      {run.logs.map((log) => <LogView key={`${log.path} ${String(log.isLive)}`} runKey={run.key} log={log} onEnd={reload} />)}
      {run.logs.length === 0 && <section class="card"><h2>Log</h2><p class="quiet">{run.finishedAt === undefined ? 'Nothing yet: the pod has not started.' : 'This run left no log.'}</p></section>}
      <Artifacts run={run} />
    </>
  );
}

function Head({ run, reload }: { run: RunAnswer; reload: () => void }) {
  const now = Date.now();
  const job = run.prowJob;
  const [answer, setAnswer] = useState<string>();
  const press = (what: 'rerun' | 'abort') => async () => {
    if (job === undefined) return;
    try {
      setAnswer(await act(what, job.name));
      reload();
      if (what === 'rerun') navigate(`/?job=${encodeURIComponent(job.job)}`);
    } catch (error) {
      setAnswer(messageOf(error));
    }
  };
  return (
    <section class="card head">
      <div class="title">
        <h1>{run.job} <code>{run.buildId}</code></h1>
        <State state={run.state} title={run.hint} />
        {job !== undefined && <span class="buttons">
          {run.finishedAt === undefined ? <button type="button" onClick={() => void press('abort')()}>Abort</button> : <button type="button" onClick={() => void press('rerun')()}>Rerun</button>}
        </span>}
      </div>
      {answer !== undefined && <p role="status">{answer}</p>}
      <dl>
        {run.hint !== '' && <><dt>Says</dt><dd>{run.hint}</dd></>}
        {job !== undefined && job.repo !== '' && <><dt>Tests</dt><dd><a href={`/?repo=${encodeURIComponent(job.repo)}`}>{job.repo}</a> <Revision job={job} /></dd></>}
        {run.revision !== '' && <><dt>Revision</dt><dd><code>{run.revision}</code></dd></>}
        {run.startedAt !== undefined && <><dt>Started</dt><dd>{new Date(run.startedAt).toLocaleString()} ({formatAge(now, run.startedAt)})</dd></>}
        {run.startedAt !== undefined && <><dt>{run.finishedAt === undefined ? 'Running for' : 'Took'}</dt><dd>{formatDuration((run.finishedAt ?? now) - run.startedAt)}</dd></>}
        {Object.entries(run.metadata).map(([name, value]) => <><dt>{name}</dt><dd>{value}</dd></>)}
      </dl>
      <p class="links">
        <a href={`/job-history/${run.job}`}>All runs of this job</a>
        {job !== undefined && <a href={`/prowjob?prowjob=${job.name}`}>ProwJob</a>}
        {job?.pulls.length === 1 && <a href={`/pr-history?org=${job.repo.split('/')[0] ?? ''}&repo=${job.repo.split('/')[1] ?? ''}&pr=${job.pulls[0]?.number ?? ''}`}>All runs of this pull request</a>}
        {run.links.map(({ name, href }) => <a key={name} href={href} rel="noopener noreferrer nofollow">{name}</a>)}
      </p>
    </section>
  );
}

function Tests({ report }: { report: TestReport }) {
  const [all, setAll] = useState(false);
  const bad = report.cases.filter(({ result }) => result === 'failed' || result === 'flaky');
  const shown = all ? report.cases : bad;
  return (
    <section class="card">
      <h2>Tests <small>{report.passed} passed, {report.failed} failed{report.flaky > 0 ? `, ${report.flaky} flaky` : ''}{report.skipped > 0 ? `, ${report.skipped} skipped` : ''}</small></h2>
      {report.unreadable.map(({ path, reason }) => <Trouble key={path} message={`${path}: ${reason}`} />)}
      <ul class="tests">
        {shown.map((found) => (
          <li key={`${found.suite} ${found.name}`}>
            <details open={!all && found.message !== undefined && bad.length <= 3}>
              <summary><span class={`state state-${found.result === 'passed' ? 'success' : found.result === 'skipped' ? 'aborted' : 'failure'}`}>{found.result}</span> {found.name} <small>{found.suite} {found.seconds > 0 ? `${found.seconds} s` : ''}</small></summary>
              {found.message !== undefined && <pre>{found.message}</pre>}
            </details>
          </li>
        ))}
      </ul>
      {report.cases.length > bad.length && <button type="button" onClick={() => setAll(!all)}>{all ? 'Only what failed' : `All ${report.cases.length} tests`}</button>}
    </section>
  );
}

function Artifacts({ run }: { run: RunAnswer }) {
  const [more, setMore] = useState<{ key: string; entries: ArtifactEntry[]; next: string | undefined }>({ key: run.key, entries: [], next: undefined });
  const [error, setError] = useState<string>();
  const own = more.key === run.key ? more : { key: run.key, entries: [], next: undefined };
  const next = own.entries.length === 0 ? run.artifacts.next : own.next;
  const load = async (): Promise<void> => {
    try {
      const page = await fetchArtifacts(run.key, next ?? '');
      setMore({ key: run.key, entries: [...own.entries, ...page.entries], next: page.next });
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  const entries = [...run.artifacts.entries, ...own.entries];
  return (
    <section class="card">
      <h2>Artifacts</h2>
      <Trouble message={error} />
      {entries.length === 0 ? <p class="quiet">None yet.</p> : (
        <ul class="artifacts">
          {entries.map(({ kind, path, sizeBytes }) => (
            <li key={path}>{kind === 'folder' ? path : <a href={artifactUrl(run.key, path)}>{path}</a>} {sizeBytes !== undefined && <small>{formatSize(sizeBytes)}</small>}</li>
          ))}
        </ul>
      )}
      {next !== undefined && <button type="button" onClick={() => void load()}>More</button>}
    </section>
  );
}
