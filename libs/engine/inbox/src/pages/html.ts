import type { DeliveryQuery, DeliverySummary } from '../inbox-index.ts';
import type { DeliveryRecord, HandlerRecord } from '../types.ts';

/** Text that has been made safe for HTML. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Everything put in is escaped, but what came out of here before. */
function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const render = (value: unknown): string => {
    if (value instanceof Html) return value.text;
    if (Array.isArray(value)) return value.map(render).join('');
    return value === undefined || value === null ? '' : escapeHtml(typeof value === 'string' ? value : JSON.stringify(value));
  };
  return new Html(strings.reduce((text, part, index) => text + part + (index < values.length ? render(values[index]) : ''), ''));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

const style = new Html(`<style>
:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
form{display:flex;gap:.5rem;flex-wrap:wrap;margin:1rem 0}code{font-size:.92em;overflow-wrap:anywhere}
.failed{color:#c22}.done{color:#282}.pending{color:#a60}.ignored{color:#888}h2{margin-top:2rem}
</style>`);

function page(title: string, body: Html): string {
  return `<!doctype html>\n${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>${style}</head><body>${body}</body></html>`.text}`;
}

export function listPage({ deliveries, query, basePath, depth }: { deliveries: readonly DeliverySummary[]; query: DeliveryQuery; basePath: string; depth: number }): string {
  const last = deliveries.at(-1);
  const more = new URLSearchParams();
  for (const [key, value] of Object.entries({ repo: query.repository, number: query.number, state: query.state, event: query.eventType, before: last?.sequence })) {
    if (value !== undefined) more.set(key, String(value));
  }
  return page(
    'Events',
    html`<h1>Events</h1>
<form method="get" action="${basePath}">
<input name="repo" placeholder="org/repo" aria-label="repository" value="${query.repository ?? ''}"><input name="number" placeholder="number" aria-label="pull request" value="${query.number === undefined ? '' : String(query.number)}">
<input name="guid" placeholder="GUID" aria-label="GUID" value="${query.guid ?? ''}"><select name="state" aria-label="state">${['', 'pending', 'done', 'failed', 'ignored'].map((state) => html`<option${new Html(state === (query.state ?? '') ? ' selected' : '')}>${state}</option>`)}</select><button>Find</button></form>
<p>${String(depth)} not finished yet.</p>
<table><thead><tr><th>Received</th><th>Event</th><th>About</th><th>By</th><th>State</th></tr></thead><tbody>${deliveries.map((delivery) => row(delivery, basePath))}</tbody></table>
${deliveries.length > 0 ? html`<p><a href="${`${basePath}?${more.toString()}`}">Older</a></p>` : html`<p>Nothing found.</p>`}`,
  );
}

function row(delivery: DeliverySummary, basePath: string): Html {
  const about = `${delivery.repository ?? ''}${delivery.number === undefined ? '' : `#${delivery.number}`}`;
  return html`<tr><td><a href="${`${basePath}/${encodeURIComponent(delivery.guid)}`}">${time(delivery.receivedAt)}</a></td><td>${delivery.eventType} ${delivery.action ?? ''}</td><td>${about}</td><td>${delivery.sender ?? ''}</td><td class="${delivery.state}">${delivery.state}</td></tr>`;
}

export function deliveryPage({ record, basePath }: { record: DeliveryRecord; basePath: string }): string {
  const about = `${record.repository ?? ''}${record.number === undefined ? '' : `#${record.number}`}`;
  return page(
    `${record.eventType} ${about}`,
    html`<p><a href="${basePath}">All events</a></p><h1>${record.eventType} ${record.action ?? ''} ${about}</h1>
<p>Received ${time(record.receivedAt)} (${record.source}) from ${record.sender ?? 'nobody named'}: <span class="${record.state}">${record.state}</span>. GUID <code>${record.guid}</code>, ${String(record.bodyBytes)} bytes. ${record.note ?? ''}</p>
${(record.replays ?? []).map(({ at, by }) => html`<p>Replayed ${time(at)} by ${by}.</p>`)}
${Object.entries(record.handlers).map(([name, handler]) => handlerSection(name, handler))}
<p>To replay: <code>curl -X POST -H "Authorization: Bearer TOKEN" …${basePath}/${record.guid}/replay</code>. What was done already is not done twice.</p>`,
  );
}

function handlerSection(name: string, handler: HandlerRecord): Html {
  const took = handler.startedAt !== undefined && handler.finishedAt !== undefined ? `, ${handler.finishedAt - handler.startedAt} ms` : '';
  return html`<h2>${name} <span class="${handler.state}">${handler.state}</span></h2>
<p>${String(handler.attempts)} ${handler.attempts === 1 ? 'run' : 'runs'}${took}.${handler.nextAttemptAt === undefined ? '' : ` Next run ${time(handler.nextAttemptAt)}.`} ${handler.error === undefined ? '' : html`<span class="failed">${handler.error}</span>`}</p>
${handler.decisions.length > 0 ? html`<ul>${handler.decisions.map(({ reason, fields }) => html`<li>${reason}${fields === undefined ? '' : html` <code>${fields}</code>`}</li>`)}</ul>` : ''}
${handler.effects.length > 0 ? html`<table><thead><tr><th>Effect</th><th>Request</th></tr></thead><tbody>${handler.effects.map(({ operation, request, url }) => html`<tr><td>${url === undefined || !/^https?:\/\//.test(url) ? operation : html`<a rel="noreferrer" href="${url}">${operation}</a>`}</td><td><code>${request}</code></td></tr>`)}</tbody></table>` : ''}`;
}

function time(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC');
}
