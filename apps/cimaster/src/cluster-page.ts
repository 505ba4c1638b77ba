// Pages with something to fill in: one cluster with its history, a new cluster, who are you.
import type { Cluster, MoveRecord } from '@prow/engine-cluster-pool';
import { formatAge } from '@prow/model-deck-api';
import type { Role } from './caller.ts';
import { button, html, page, type FrameOptions, type Html } from './page-frame.ts';
import { buttonsOf, holderOf, moveTable, returnButton, type Viewer } from './pool-page.ts';
import { stateWords } from './use-chart.ts';

type Frame = Pick<FrameOptions, 'notice' | 'signedIn'>;

export function clusterPage({ name, cluster, problem, history, viewer, nowMs, prowJobUrl }: { name: string; cluster: Cluster | undefined; problem: string | undefined; history: readonly MoveRecord[]; viewer: Viewer; nowMs: number; prowJobUrl: (prowjob: string) => string | undefined }, frame: Frame): string {
  return page(
    { title: `${name} – Cluster pool`, ...frame },
    html`<h1>${name}</h1>${problem === undefined ? undefined : html`<p class="notice problem">Its state was edited by hand and is broken: ${problem}. Nothing is done with it until that is mended.</p>`}${cluster === undefined ? html`<p>${problem === undefined ? 'Not in the pool.' : 'No good state of it is known here.'}</p>` : present(cluster, { viewer, nowMs, prowJobUrl })}<h2>History</h2>${moveTable(history, nowMs, false)}`,
  );
}

function present(cluster: Cluster, { viewer, nowMs, prowJobUrl }: { viewer: Viewer; nowMs: number; prowJobUrl: (prowjob: string) => string | undefined }): Html {
  const { name, state, since, region, administrator, labels = {} } = cluster;
  const rows: [string, Html][] = [
    ['State', html`<span class="state ${state}">${stateWords[state]}</span> <span class="quiet">since ${since}, ${formatAge(nowMs, Date.parse(since))}</span>`],
    ['Used by', holderOf(cluster, prowJobUrl)],
    ['Region', html`${region}`],
    ['Labels', html`${Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ')}`],
    ['Administrator', html`${administrator}`],
  ];
  return html`<table>${rows.map(([what, value]) => html`<tr><th>${what}</th><td>${value}</td></tr>`)}</table><p></p>${forms(cluster, viewer)}${state === 'finished' && viewer.roles.includes('admin') ? html`<details class="card"><summary>Take out of the pool</summary><p>Nobody gets it any more, and its labels are forgotten; its history stays.</p>${button('deletecluster', `Take ${name} out`, { cluster: name, since })}</details>` : undefined}`;
}

function forms(cluster: Cluster, viewer: Viewer): Html[] {
  const { name, state, since } = cluster;
  const { roles } = viewer;
  const withReason = (call: string, label: string, more?: Html): Html => html`<form method="post" action="act/${call}" class="card"><input type="hidden" name="cluster" value="${name}"><input type="hidden" name="since" value="${since}"><label>Reason<input name="reason" maxlength="1000" size="40"></label>${more}<button>${label}</button></form>`;
  if (state === 'testing' && roles.includes('hold')) return [withReason('holdcluster', 'Hold', html`<label>For at most 6h<input name="for" value="6h" size="6"></label>`), ...returnButton(cluster, viewer)];
  if (state === 'finished' && roles.includes('admin')) return [withReason('disablecluster', 'Disable')];
  return buttonsOf(cluster, viewer);
}

export function newClusterPage({ roles }: { roles: readonly Role[] }, given: Readonly<Record<string, string>>, frame: Frame): string {
  const { cluster = '', region = '', name = '', label = '', user = '', branch = 'master' } = given;
  const body = roles.includes('admin')
    ? html`<h1>A cluster that exists</h1><form method="post" action="act/addcluster" class="card"><label>Name<input name="cluster" value="${cluster}" required maxlength="63"></label><label>Region<input name="region" value="${region}" required maxlength="63"></label><label>Administrator<input name="name" value="${name}" required maxlength="200"></label><label>Labels<input name="label" value="${label}" placeholder="gpu=yes,size=large"></label><button>Add to the pool</button></form>
<h1>A new cluster</h1><form method="post" action="act/createcluster" class="card"><label>For whom<input name="user" value="${user}" required maxlength="200"></label><label>Branch<input name="branch" required value="${branch}" maxlength="250"></label><button>Start the job that makes one</button></form>`
    : html`<h1>Not yours to do</h1><p>Adding clusters takes the role admin.</p>`;
  return page({ title: 'New cluster – Cluster pool', ...frame }, body);
}

export function signInPage(frame: Frame): string {
  return page({ title: 'Sign in – Cluster pool', ...frame }, html`<h1>Who are you?</h1><form method="post" action="sign-in" class="card"><label>Token<input type="password" name="token" required autocomplete="current-password" size="60"></label><button>Sign in</button></form><p class="quiet">The token that your calls carry as <code>Authorization: Bearer</code>.</p>`);
}
