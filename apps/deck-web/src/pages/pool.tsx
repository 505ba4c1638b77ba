import { useState } from 'preact/hooks';
import { formatAge, formatDuration } from '@prow/model-deck-api';
import { fetchPool, movePool, type Pool, type PoolCluster } from '../api.ts';
import { messageOf } from '../message-of.ts';
import { Trouble } from '../parts/shell.tsx';
import { useLoaded } from '../use-loaded.ts';

const stateNames: Record<string, string> = { finished: 'vacant', testing: 'leased', held: 'held', cleaning: 'cleaning', disabled: 'disabled' };
/** What can be done to a cluster in a state: cimaster's call, and the button's word. */
const movesOf: Record<string, [call: string, word: string][]> = {
  finished: [['disablecluster', 'Disable']],
  testing: [['holdcluster', 'Hold'], ['finishtest', 'Return']],
  held: [['releasecluster', 'Release']],
  disabled: [['enablecluster', 'Enable']],
  cleaning: [],
};

const byName = new Intl.Collator('en', { numeric: true });

type Press = (call: string, fields: Record<string, string>) => void;

export function PoolPage() {
  const { value: pool, error, reload } = useLoaded('pool', fetchPool, 3000);
  const [answer, setAnswer] = useState<string>();
  const press: Press = (call, fields) => {
    void (async () => {
      try {
        await movePool(call, fields);
        setAnswer(undefined);
      } catch (failure) {
        setAnswer(messageOf(failure));
      }
      reload();
    })();
  };
  return (
    <>
      <h1>Cluster pool</h1>
      <Trouble message={error} />
      <Trouble message={answer} />
      {pool === undefined ? (error === undefined ? <p class="quiet">Loading…</p> : null) : <Content pool={pool} press={press} />}
    </>
  );
}

function Content({ pool, press }: { pool: Pool; press: Press }) {
  const states = Object.entries(stateNames).map(([state, name]) => ({ state, name, count: pool.clusters.filter((cluster) => cluster.state === state).length })).filter(({ count }) => count > 0);
  const now = Date.now();
  return (
    <>
      {(pool.broken ?? []).map(({ key, problem }) => <Trouble key={key} message={`An edit of ${key} by hand is refused: ${problem}`} />)}
      <section class="summary" aria-label="Clusters by state">
        <div class="bar" aria-hidden="true">{states.map(({ state, count }) => <span key={state} class={`fill-${state}`} style={{ flexGrow: count }} />)}</div>
        <div class="counts">
          <span><b>{pool.clusters.length}</b> clusters</span>
          {states.map(({ state, name, count }) => <span key={state}><i class={`dot fill-${state}`} /> <b>{count}</b> {name}</span>)}
          <span><b>{pool.waiting}</b> waiting</span>
        </div>
      </section>
      {pool.clusters.length === 0 ? <div class="empty"><p>No cluster is in the pool. <code>createcluster</code> makes one, <code>addcluster</code> brings one in.</p></div> : (
        <div class="table-frame">
          <table>
            <thead><tr><th>Cluster</th><th>State</th><th>Since</th><th>Used by</th><th>Region</th><th>Administrator</th>{pool.mayAct && <th />}</tr></thead>
            <tbody>{pool.clusters.toSorted((a, b) => byName.compare(a.name, b.name)).map((cluster) => <Row key={cluster.name} cluster={cluster} mayAct={pool.mayAct} press={press} now={now} />)}</tbody>
          </table>
        </div>
      )}
      {(pool.waiters ?? []).length > 0 && <Queue pool={pool} now={now} />}
      <p class="links quiet">{pool.mayAct ? null : 'Whoever signs in here and may change the pool has its buttons on this page. '}<a href="/cimaster/">History and use over time</a></p>
    </>
  );
}

function Row({ cluster, mayAct, press, now }: { cluster: PoolCluster; mayAct: boolean; press: Press; now: number }) {
  const { name, region, administrator, state, since, labels } = cluster;
  return (
    <tr>
      <td class="job"><a href={`/cimaster/?cluster=${encodeURIComponent(name)}`}>{name}</a>{labels !== undefined && <small>{Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(' ')}</small>}</td>
      <td class="nowrap"><i class={`dot fill-${state}`} /> {stateNames[state] ?? state}</td>
      <td class="nowrap">{since === undefined ? '' : <time dateTime={since} title={new Date(since).toLocaleString()}>{formatAge(now, Date.parse(since))}</time>}</td>
      <td><Holder cluster={cluster} /></td>
      <td class="nowrap">{region}</td>
      <td class={administrator.length <= 24 ? 'nowrap' : undefined}>{administrator}</td>
      {mayAct && <td class="buttons">{(movesOf[state] ?? []).map(([call, word]) => <button key={call} type="button" onClick={() => ask(call, word, cluster, press)}>{word}</button>)}</td>}
    </tr>
  );
}

function ask(call: string, word: string, { name, since, lease }: PoolCluster, press: Press): void {
  const needsReason = call === 'holdcluster' || call === 'disablecluster';
  const reason = needsReason ? prompt(`${word} ${name}: why?`) : '';
  if (reason === null || (call === 'finishtest' && !confirm(`Return ${name}? Its job may still use it.`))) return;
  // Acts on what was seen, not on what has come since.
  const seen: Record<string, string> = { ...(since === undefined ? {} : { since }), ...(call === 'finishtest' && lease !== undefined ? { build: lease.build, job: lease.job } : {}) };
  press(call, { cluster: name, ...seen, ...(reason === '' ? {} : { reason }) });
}

function Holder({ cluster: { state, lease, hold, cleaning, reason } }: { cluster: PoolCluster }) {
  if (state === 'testing' && lease !== undefined) {
    const text = <>{lease.job} <small>build {lease.build}</small></>;
    return lease.prowjob === undefined ? text : <a href={`/prowjob?prowjob=${encodeURIComponent(lease.prowjob)}`}>{text}</a>;
  }
  if (state === 'held' && hold !== undefined) return <>{hold.user} <small>{hold.reason} until {new Date(hold.until).toLocaleString()}</small></>;
  if (state === 'cleaning' && cleaning?.prowjob !== undefined) return <a href={`/prowjob?prowjob=${encodeURIComponent(cleaning.prowjob)}`}>clean-up</a>;
  return <>{reason === undefined ? '' : <small>{reason}</small>}</>;
}

function Queue({ pool, now }: { pool: Pool; now: number }) {
  return (
    <section class="card">
      <h2>Waiting <small>first come, first served</small></h2>
      <ol>
        {(pool.waiters ?? []).map(({ build, job, since, expectedSeconds }) => (
          <li key={`${job} ${build}`}>{job} <small>build {build}{since === undefined ? '' : `, ${formatAge(now, Date.parse(since))}`}{expectedSeconds === undefined ? '' : `, expected in ${formatDuration(expectedSeconds * 1000)}`}</small></li>
        ))}
      </ol>
    </section>
  );
}
