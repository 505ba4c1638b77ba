// The pool as a page, for people. No scripts; everything escaped.
import type { PoolState } from '@prow/engine-cluster-pool';
import { formatAge } from '@prow/model-deck-api';

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

const words = { finished: 'vacant', testing: 'leased', held: 'held', disabled: 'disabled' };

export function poolPage({ clusters }: PoolState, { waiting, nowMs }: { waiting: number; nowMs: number }): string {
  const list = Object.values(clusters).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const count = (state: keyof typeof words): number => list.filter((cluster) => cluster.state === state).length;
  const rows = list.map(({ name, region, administrator, state, since, lease, hold }) => {
    const who = state === 'testing' && lease !== undefined ? `${lease.job} ${lease.build}` : state === 'held' && hold !== undefined ? `${hold.user}${hold.reason === '' ? '' : `: ${hold.reason}`}, until ${hold.until}` : '';
    return `<tr><td><b>${escape(name)}</b></td><td>${escape(region)}</td><td><span class="${state}">${words[state]}</span></td><td>${escape(who)}</td><td>${escape(formatAge(nowMs, Date.parse(since)))}</td><td>${escape(administrator)}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5"><title>Cluster pool</title>
<style>
:root{color-scheme:light dark;--bg:#f6f8fa;--card:#fff;--text:#1f2328;--quiet:#59636e;--line:#d8dee4}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#151b23;--text:#e6edf3;--quiet:#9198a1;--line:#2f3742}}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif}main{max-width:1100px;margin:0 auto;padding:24px}
h1{font-size:20px}p{color:var(--quiet)}table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:8px}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid var(--line)}th{font-size:12px;color:var(--quiet)}
.finished{color:#1a7f37}.testing{color:#0969da}.held{color:#9a6700}.disabled{color:#6e7781}span{font-weight:600}a{color:#0969da}
</style></head><body><main>
<p><a href="/">Prow</a></p><h1>Cluster pool</h1>
<p>${count('finished')} vacant, ${count('testing')} leased, ${count('held')} held, ${count('disabled')} disabled; ${waiting} waiting.</p>
${list.length === 0 ? '<p>The pool is empty. Add a cluster: <code>addcluster?cluster=NAME&amp;region=REGION&amp;name=YOU</code></p>' : `<table><thead><tr><th>Cluster</th><th>Region</th><th>State</th><th>Held by</th><th>Since</th><th>Administrator</th></tr></thead><tbody>${rows.join('')}</tbody></table>`}
</main></body></html>
`;
}
