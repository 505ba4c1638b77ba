import { fetchTidePools, type TidePool, type TidePullRequest } from '../api.ts';
import { Trouble } from '../parts/shell.tsx';
import { useLoaded } from '../use-loaded.ts';

const actions: Record<string, string> = { WAIT: 'waits', TRIGGER: 'tests', TRIGGER_BATCH: 'tests a batch', MERGE: 'merges', MERGE_BATCH: 'merges a batch', POOL_BLOCKED: 'is blocked', BLOCKED: 'is blocked' };

export function TidePage() {
  const { value: pools, error } = useLoaded('tide', fetchTidePools, 5000);
  return (
    <>
      <h1>Merge pools</h1>
      <p class="quiet">Pull requests that meet tide's queries, by branch. One that is missing here says why in its status <code>tide</code>.</p>
      <Trouble message={error} />
      {pools === undefined ? (error === undefined ? <p class="quiet">Loading…</p> : null) : pools.length === 0 ? <div class="empty"><p>No pull request is ready to be merged.</p></div> : pools.map((pool) => <Pool key={`${pool.Org}/${pool.Repo}:${pool.Branch}`} pool={pool} />)}
    </>
  );
}

function Pool({ pool }: { pool: TidePool }) {
  const groups: [string, TidePullRequest[] | null][] = [
    ['Passing', pool.SuccessPRs],
    ['Testing', pool.PendingPRs],
    ['To be tested', pool.MissingPRs],
    ['In a batch', pool.BatchPending],
  ];
  return (
    <section class="card">
      <h2>{pool.Org}/{pool.Repo} <code>{pool.Branch}</code> <small>{actions[pool.Action] ?? pool.Action} {(pool.Target ?? []).map(({ Number: number }) => `#${number}`).join(', ')}</small></h2>
      {pool.Error !== undefined && pool.Error !== '' && <Trouble message={pool.Error} />}
      {(pool.Blockers ?? []).map((blocker) => <Trouble key={blocker.Number} message={`Blocked by issue #${blocker.Number}: ${blocker.Title}`} />)}
      <dl>{groups.filter(([, list]) => (list ?? []).length > 0).map(([name, list]) => <><dt>{name}</dt><dd>{(list ?? []).map(({ Number: number, Title: title }) => <div key={number}>#{number} {title}</div>)}</dd></>)}</dl>
    </section>
  );
}
