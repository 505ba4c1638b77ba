import { ago, clockTime, html, type Html, link, page } from '@prow/base-page';
import type { Decision, DeliveryRecord, HandlerRecord } from '../types.ts';
import { statusOf, statusOfHandler } from './delivery-status.ts';
import { describeEffect, subjectUrl } from './describe-effect.ts';
import { eventText, state } from './list-page.ts';
import { type PageSettings, surroundings } from './page-settings.ts';

export interface DeliveryPage {
  readonly record: DeliveryRecord;
  readonly settings: PageSettings;
  /** off: nobody may replay; signed-out: a token is needed first. */
  readonly replay: 'allowed' | 'signed-out' | 'off';
  /** What was just done, said once. */
  readonly said?: string | undefined;
  readonly now: number;
}

const refreshSeconds = 5;
const maxOpenItems = 12;

export function deliveryPage(options: DeliveryPage): string {
  const { record, settings, said, now } = options;
  const { basePath } = settings;
  const about = aboutText(record);
  const entries = Object.entries(record.handlers);
  const isSilent = ([, handler]: [string, HandlerRecord]): boolean => handler.state === 'done' && handler.decisions.length === 0 && handler.effects.length === 0;
  const silent = entries.filter(isSilent).map(([name]) => name);
  return page({
    title: `${record.eventType} ${about}`,
    ...surroundings(settings),
    refreshSeconds: record.state === 'pending' ? refreshSeconds : undefined,
    body: html`<p><a href="${basePath}">← All events</a></p>${said === undefined ? '' : html`<p class="note" role="status">${said}</p>`}
<section class="card"><div class="title"><h1>${eventText(record)} ${link(subjectUrl(record, settings), about)}</h1>${state(statusOf(record))}<div class="buttons">${replayControls(options)}</div></div>${facts(record, settings, now)}</section>
${entries.filter((entry) => !isSilent(entry)).map(([name, handler]) => handlerCard(name, handler, record, settings, now))}
${silent.length === 0 ? '' : html`<section class="card"><div class="title"><h2>Looked, and had nothing to do</h2></div><p>${silent.map((name, index) => html`${index === 0 ? '' : ', '}${name}`)}</p></section>`}`,
  });
}

function aboutText({ repository, number }: DeliveryRecord): string {
  return `${repository ?? ''}${number === undefined ? '' : `#${number}`}`;
}

function facts(record: DeliveryRecord, { basePath }: PageSettings, now: number): Html {
  const source = { webhook: 'webhook', recovery: "found in GitHub's list of deliveries after it did not arrive", poll: "read from GitHub's list of deliveries" }[record.source];
  const more = record.repository === undefined ? '' : html` · <a href="${`${basePath}?repo=${encodeURIComponent(record.repository)}${record.number === undefined ? '' : `&number=${record.number}`}`}">all events of ${aboutText(record)}</a>`;
  return html`<dl><dt>Received</dt><dd>${clockTime(record.receivedAt)} (${ago(now, record.receivedAt)}), ${source}</dd><dt>Sender</dt><dd>${record.sender ?? 'nobody named'}</dd><dt>GUID</dt><dd><code>${record.guid}</code></dd><dt>Body</dt><dd>${String(record.bodyBytes)} bytes · <a href="${`${basePath}/${encodeURIComponent(record.guid)}.json`}">JSON of this page</a>${more}</dd>${
    record.note === undefined ? '' : html`<dt>Why nothing ran</dt><dd>${record.note}</dd>`
  }${(record.replays ?? []).map(({ at, by }) => html`<dt>Replayed</dt><dd>${clockTime(at)} by ${by}</dd>`)}</dl>`;
}

function replayControls({ record, replay, settings: { basePath } }: DeliveryPage): Html {
  const path = `${basePath}/${encodeURIComponent(record.guid)}`;
  if (record.state === 'pending') return html`<small>Not finished yet; this page looks again every ${String(refreshSeconds)} seconds.</small>`;
  if (replay === 'allowed') return html`<form method="post" action="${`${path}/replay`}"><button title="Runs the plugins again, on things as they are now. What was done is not done twice.">Replay</button></form>`;
  if (replay === 'off') return html`<small title="--events-token-file names the token that allows it">Replay is switched off.</small>`;
  return html`<form method="post" action="${`${basePath}/sign-in`}"><input type="hidden" name="guid" value="${record.guid}"><input type="password" name="token" required autocomplete="current-password" placeholder="token of --events-token-file" aria-label="Token"> <button>Sign in to replay</button></form>`;
}

function handlerCard(name: string, handler: HandlerRecord, record: DeliveryRecord, settings: PageSettings, now: number): Html {
  const took = handler.startedAt !== undefined && handler.finishedAt !== undefined && handler.finishedAt >= handler.startedAt ? `, the last took ${handler.finishedAt - handler.startedAt} ms` : '';
  const runs = handler.attempts === 0 ? 'not run yet' : `${handler.attempts} ${handler.attempts === 1 ? 'run' : 'runs'}${took}`;
  const next = handler.nextAttemptAt === undefined || handler.state !== 'waiting' ? '' : html` · next run ${ago(now, handler.nextAttemptAt)}`;
  return html`<section class="card" id="${`plugin-${name}`}"><div class="title"><h2>${name}</h2>${state(statusOfHandler(handler))}<small>${runs}${next}</small></div>${
    handler.error === undefined ? '' : html`<p class="trouble" role="alert">${handler.error}</p>`
  }${
    handler.effects.length === 0
      ? ''
      : html`<h3>Effects</h3><ul>${handler.effects.map((effect) => {
          const { text, url } = describeEffect(effect, record, settings);
          return html`<li>${link(url, text)}</li>`;
        })}</ul>`
  }${handler.decisions.length === 0 ? '' : html`<h3>Decisions</h3><ul>${groups(handler.decisions).map((group) => decisionGroup(group, settings))}</ul>`}</section>`;
}

interface DecisionGroup {
  readonly reason: string;
  readonly fields: NonNullable<Decision['fields']>[];
  count: number;
}

/** Decisions of the same words come together: forty jobs that do not run are one line to open. */
function groups(decisions: readonly Decision[]): DecisionGroup[] {
  const byReason = new Map<string, DecisionGroup>();
  for (const { reason, fields } of decisions) {
    const group = byReason.get(reason) ?? { reason, fields: [], count: 0 };
    byReason.set(reason, group);
    group.count += 1;
    if (fields !== undefined) group.fields.push(fields);
  }
  return [...byReason.values()];
}

function decisionGroup({ reason, fields, count }: DecisionGroup, settings: PageSettings): Html {
  const [first] = fields;
  if (first === undefined) return html`<li>${reason}${count > 1 ? ` (${count} times)` : ''}</li>`;
  if (fields.length === 1) return html`<li>${reason} ${fieldList(first, settings)}</li>`;
  return html`<li><details${fields.length <= maxOpenItems ? html` open` : ''}><summary>${reason} <small>${`${fields.length} times`}</small></summary><ul>${fields.map((each) => html`<li>${fieldList(each, settings)}</li>`)}</ul></details></li>`;
}

function fieldList(fields: NonNullable<Decision['fields']>, { deckUrl }: PageSettings): Html {
  return html`${Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => {
      const href = key === 'prowjob' && typeof value === 'string' && deckUrl !== undefined ? `${deckUrl}/prowjob?prowjob=${encodeURIComponent(value)}` : key === 'url' && typeof value === 'string' ? value : undefined;
      return html`<span class="field"><b>${wordsOf(key)}:</b> ${link(href, valueText(value))}</span>`;
    })}`;
}

/** `isByHand` → `is by hand` */
function wordsOf(key: string): string {
  return key.replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
