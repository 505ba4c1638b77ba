// The pool as a page, for people.
import type { Cluster, MoveRecord, Place, PoolSnapshot, UseAt, Wanted } from '@prow/engine-cluster-pool';
import { formatAge, formatDuration } from '@prow/model-deck-api';
import type { Role } from './caller.ts';
import { button, html, link, page, type FrameOptions, type Html } from './page-frame.ts';
import { stateWords, useChart } from './use-chart.ts';

const maxWaitersShown = 50;
/** With more clusters than this the table can be searched. */
const searchedFrom = 12;
const byName = new Intl.Collator('en', { numeric: true });

/** A ProwJob that makes a cluster. */
export interface Creation {
  prowjob: string;
  state: string;
  user: string;
  startedMs: number;
  /** Undefined while it runs. */
  endedMs: number | undefined;
  url: string;
  description: string;
}

/** Who looks, and what they may do. */
export interface Viewer {
  roles: readonly Role[];
  /** Undefined: nobody is asked for a name. */
  user: string | undefined;
}

/** Which clusters are shown. '': all. */
export interface Filter {
  find: string;
  state: string;
}

export interface PoolView {
  filter: Filter;
  snapshot: PoolSnapshot;
  waiting: number;
  waiters: readonly (Place & { build: string; job: string; wanted: Wanted; sinceMs: number })[];
  use: readonly UseAt[];
  recent: readonly MoveRecord[];
  creations: readonly Creation[];
  canCreate: boolean;
  /** What is wrong with the history, if something is. */
  historyProblem?: string;
  viewer: Viewer;
  prowJobUrl: (prowjob: string) => string | undefined;
  nowMs: number;
}

export function poolPage(view: PoolView, frame: Pick<FrameOptions, 'notice' | 'signedIn'>): string {
  const { snapshot, waiting, viewer, use, filter } = view;
  const count = (state: Cluster['state']): number => snapshot.clusters.filter((cluster) => cluster.state === state).length;
  const tiles = (['finished', 'testing', 'held', 'cleaning', 'disabled'] as const).map((state) => html`<div class="tile"><b class="${state}">${count(state)}</b><span>${stateWords[state]}</span></div>`);
  return page(
    { title: 'Cluster pool', refresh: { seconds: 10, query: filter.find === '' && filter.state === '' ? '' : new URLSearchParams({ ...filter }).toString() }, ...frame },
    html`<h1>Cluster pool</h1><p class="quiet">One cluster to one job. This page is kept up to date by itself.</p>
${brokenEdits(snapshot)}
<div class="tiles">${tiles}<div class="tile"><b>${waiting}</b><span>waiting</span></div></div>
${viewer.roles.includes('admin') ? html`<p><a href="?new">Add or create a cluster</a></p>` : undefined}
${searchForm(view)}${clusterTable(view)}
<h2>Waiting</h2>${queueTable(view)}
<h2>The last 24 hours</h2>${view.historyProblem === undefined ? useChart(use) : html`<p class="bad">The history cannot be read: ${view.historyProblem}</p>`}
<h2>Clusters being made</h2>${creationTable(view)}
<h2>Last moves</h2>${moveTable(view.recent, view.nowMs, true)}`,
  );
}

function brokenEdits({ broken }: PoolSnapshot): Html[] {
  return broken.map(({ key, problem }) => html`<p class="notice problem">The ConfigMap's <b>${key}</b> was edited by hand and is broken: ${problem}. Its last good state is kept, and nothing is done with it until that is mended.</p>`);
}

function searchForm({ snapshot, filter }: PoolView): Html | undefined {
  if (snapshot.clusters.length < searchedFrom && filter.find === '' && filter.state === '') return undefined;
  const states = Object.entries(stateWords).map(([state, word]) => html`<option value="${state}"${state === filter.state ? html` selected` : undefined}>${word}</option>`);
  return html`<form method="get" action="?" class="search"><input type="search" name="find" value="${filter.find}" placeholder="Name, region, label, holder" aria-label="Find clusters" maxlength="100"> <select name="state" aria-label="State"><option value="">any state</option>${states}</select> <button>Find</button>${filter.find === '' && filter.state === '' ? undefined : html` <a href="?">All</a>`}</form>`;
}

function isShown({ name, region, administrator, state, labels = {}, lease, hold }: Cluster, filter: Filter): boolean {
  if (filter.state !== '' && state !== filter.state) return false;
  const texts = [name, region, administrator, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`), lease?.job, lease?.build, hold?.user];
  return filter.find === '' || texts.some((text) => text?.toLowerCase().includes(filter.find) === true);
}

function clusterTable({ snapshot, filter, viewer, nowMs, prowJobUrl }: PoolView): Html {
  if (snapshot.clusters.length === 0) return html`<div class="card">The pool is empty. Add a cluster: <code>addcluster?cluster=NAME&amp;region=REGION&amp;name=YOU</code></div>`;
  const broken = new Set(snapshot.broken.map(({ key }) => key));
  const shown = snapshot.clusters.filter((cluster) => isShown(cluster, filter)).toSorted((a, b) => byName.compare(a.name, b.name));
  if (shown.length === 0) return html`<div class="card">None of the ${snapshot.clusters.length} clusters is such a one.</div>`;
  const rows = shown.map((cluster) => {
    const { name, region, administrator, state, since, labels = {} } = cluster;
    const labelText = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ');
    return html`<tr><td><a class="name" href="?cluster=${encodeURIComponent(name)}"><b>${name}</b></a>${labelText === '' ? undefined : html`<div class="quiet">${labelText}</div>`}</td><td class="name">${region}</td><td><span class="state ${state}">${stateWords[state]}</span>${broken.has(`cluster.${name}`) ? html` <span class="bad">broken edit</span>` : undefined}</td><td>${holderOf(cluster, prowJobUrl)}</td><td class="age" title="${since}">${formatAge(nowMs, Date.parse(since))}</td><td class="${administrator.length <= 24 ? 'name' : 'text'}">${administrator}</td><td class="acts">${buttonsOf(cluster, viewer)}</td></tr>`;
  });
  return html`<div class="wide"><table><thead><tr><th>Cluster</th><th>Region</th><th>State</th><th>Used by</th><th>Since</th><th>Administrator</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** `2026-01-31 12:00 UTC` */
function momentOf(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

export function holderOf({ state, lease, hold, cleaning, reason }: Cluster, prowJobUrl: (prowjob: string) => string | undefined): Html {
  const job = lease === undefined ? undefined : html`${lease.prowjob === undefined ? lease.job : link(prowJobUrl(lease.prowjob), lease.job)} <span class="quiet">${lease.build}${lease.until === undefined ? '' : `, until ${momentOf(lease.until)}`}</span>`;
  if (state === 'testing') return job ?? html``;
  if (state === 'held' && hold !== undefined) return html`${hold.user}${hold.reason === '' ? undefined : html`: ${hold.reason}`} <span class="quiet">until ${momentOf(hold.until)}</span>`;
  if (state === 'cleaning') return cleaning?.prowjob === undefined ? html`<span class="quiet">clean-up is being started</span>` : html`${link(cleaning.url ?? prowJobUrl(cleaning.prowjob), 'clean-up')} <span class="quiet">${cleaning.prowjob}</span>`;
  return html`${reason ?? ''}`;
}

export function returnButton({ name, since, lease }: Cluster, { roles, user }: Viewer): Html[] {
  const isTheirs = lease?.holder === undefined || user === undefined || lease.holder === user || roles.includes('hold') || roles.includes('admin');
  return roles.includes('lease') && isTheirs ? [button('finishtest', 'Return', { cluster: name, since, ...(lease === undefined ? {} : { build: lease.build, job: lease.job }) })] : [];
}

/** Each acts on what is shown, not on what has come since. */
export function buttonsOf(cluster: Cluster, viewer: Viewer): Html[] {
  const { name, since, state } = cluster;
  const { roles } = viewer;
  const seen = { cluster: name, since };
  const buttons = state === 'testing' ? returnButton(cluster, viewer) : [];
  if (state === 'testing' && roles.includes('hold')) buttons.push(button('holdcluster', 'Hold', seen));
  if (state === 'held' && roles.includes('hold')) buttons.push(button('releasecluster', 'Release', seen));
  if (state === 'finished' && roles.includes('admin')) buttons.push(button('disablecluster', 'Disable', seen));
  if (state === 'disabled' && roles.includes('admin')) buttons.push(button('enablecluster', 'Enable', seen));
  return buttons;
}

function queueTable({ waiting, waiters, nowMs }: PoolView): Html {
  if (waiters.length === 0) return html`<p class="quiet">Nobody waits.</p>`;
  const rows = waiters.slice(0, maxWaitersShown).map(({ place, build, job, wanted, sinceMs, expectedMs }) => {
    const wants = [...(wanted.region === undefined ? [] : [`region ${wanted.region}`]), ...Object.entries(wanted.labels ?? {}).map(([key, value]) => `${key}=${value}`)].join(', ');
    return html`<tr><td>${place}</td><td>${job} <span class="quiet">${build}</span></td><td>${wants === '' ? 'any' : wants}</td><td>${formatAge(nowMs, sinceMs)}</td><td>${expectedMs === undefined ? 'not known yet' : `about ${formatDuration(expectedMs)}`}</td></tr>`;
  });
  const more = waiting > rows.length ? html`<p class="quiet">And ${waiting - rows.length} more.</p>` : undefined;
  return html`<div class="wide"><table><thead><tr><th>Place</th><th>Job</th><th>Wants</th><th>Waits since</th><th>Expected in</th></tr></thead><tbody>${rows}</tbody></table></div>${more}`;
}

function creationTable({ creations, canCreate, nowMs }: PoolView): Html {
  if (creations.length === 0) return html`<p class="quiet">${canCreate ? 'None in the last day.' : 'ProwJobs are not watched here.'}</p>`;
  const rows = creations.map(({ prowjob, state, user, startedMs, endedMs, url, description }) => {
    const colour = state === 'success' ? 'finished' : state === 'triggered' || state === 'pending' || state === 'scheduling' ? 'testing' : 'bad';
    return html`<tr><td>${link(url, prowjob)}</td><td><span class="state ${colour}">${state}</span> <span class="quiet">${description}</span></td><td>${user}</td><td>${formatAge(nowMs, startedMs)}</td><td>${formatDuration((endedMs ?? nowMs) - startedMs)}</td></tr>`;
  });
  return html`<div class="wide"><table><thead><tr><th>ProwJob</th><th>State</th><th>Asked for by</th><th>Started</th><th>Took</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

export function moveTable(records: readonly MoveRecord[], nowMs: number, isOfAll: boolean): Html {
  if (records.length === 0) return html`<p class="quiet">No move is on record.</p>`;
  const state = (name: MoveRecord['from']): Html => (name === '' ? html`<span class="quiet">not in the pool</span>` : html`<span class="${name}">${stateWords[name] ?? name}</span>`);
  const rows = records.map(({ at, cluster, from, to, move, who, why }) => html`<tr><td class="age" title="${at}">${formatAge(nowMs, Date.parse(at))}</td>${isOfAll ? html`<td><a href="?cluster=${encodeURIComponent(cluster)}">${cluster}</a></td>` : undefined}<td>${state(from)} → ${state(to)}</td><td>${move}</td><td>${who}</td><td>${why ?? ''}</td></tr>`);
  return html`<div class="wide"><table><thead><tr><th>When</th>${isOfAll ? html`<th>Cluster</th>` : undefined}<th>From → to</th><th>Move</th><th>Who</th><th>Why</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
