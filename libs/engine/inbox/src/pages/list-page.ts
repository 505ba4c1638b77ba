import { ago, html, type Html, link, page } from '@prow/base-page';
import type { DeliveryRecord } from '../types.ts';
import { deliveryStatuses, outcomeOf, statusText, type DeliveryStatus } from './delivery-status.ts';
import type { EventsQuery, FoundDelivery } from './find-deliveries.ts';
import { describeEffect, subjectUrl } from './describe-effect.ts';
import { type PageSettings, surroundings } from './page-settings.ts';

export interface ListPage {
  readonly found: readonly FoundDelivery[];
  readonly counts: Readonly<Record<DeliveryStatus, number>>;
  readonly query: EventsQuery;
  /** For the next page; undefined at the end. */
  readonly next: string | undefined;
  readonly settings: PageSettings;
  readonly now: number;
}

export function listPage(options: ListPage): string {
  const { found, query, next, settings, now } = options;
  const isFiltered = addressOf(query, { before: undefined }, '') !== '';
  return page({
    title: 'Events',
    ...surroundings(settings),
    body: html`${summary(options)}${filters(query, settings, isFiltered)}${
      found.length === 0
        ? html`<div class="empty"><p>${isFiltered ? 'No event fits these filters.' : 'No event has come yet. Comment on a pull request, and the webhook appears here.'}</p></div>`
        : html`<div class="table-frame"><table><thead><tr><th>State</th><th>Event</th><th>Repository</th><th>About</th><th>Outcome</th><th>Received</th><th>GUID</th></tr></thead><tbody>${found.map((delivery) => row(delivery, settings, now))}</tbody></table></div>`
    }<p class="pager">${query.before === undefined ? '' : html`<a class="button" href="${addressOf(query, { before: undefined }, settings.basePath)}">Newest</a>`}${
      next === undefined ? '' : html`<a class="button" rel="next" href="${addressOf(query, { before: next }, settings.basePath)}">Older</a>`
    }</p>`,
  });
}

function summary({ counts, query, settings }: ListPage): Html {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const present = deliveryStatuses.filter((status) => counts[status] > 0 || query.status === status);
  const tab = (status: DeliveryStatus | undefined, body: Html): Html => html`<a href="${addressOf(query, { status, before: undefined }, settings.basePath)}"${query.status === status ? html` aria-current="true"` : ''}>${body}</a>`;
  return html`<div class="summary"><div class="bar" aria-hidden="true">${bar(present, counts, all)}</div><div class="counts">${tab(undefined, html`<b>${String(all)}</b> ${all === 1 ? 'event' : 'events'}`)}${present.map((status) =>
    tab(status, html`<span class="dot fill-${status}"></span><b>${String(counts[status])}</b> ${statusText[status].text}`),
  )}</div></div>`;
}

/** Widths without inline style, which the content security policy forbids. */
function bar(present: readonly DeliveryStatus[], counts: Readonly<Record<DeliveryStatus, number>>, all: number): Html {
  let x = 0;
  const parts = present.map((status) => {
    const width = all === 0 ? 0 : (counts[status] / all) * 1000;
    const part = html`<rect x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="8" fill="${`var(--${status})`}"/>`;
    x += width;
    return part;
  });
  return html`<svg viewBox="0 0 1000 8" width="100%" height="8" preserveAspectRatio="none">${parts}</svg>`;
}

function filters(query: EventsQuery, { basePath }: PageSettings, isFiltered: boolean): Html {
  const option = (value: string, text: string, isSelected: boolean): Html => html`<option value="${value}"${isSelected ? html` selected` : ''}>${text}</option>`;
  return html`<form class="filters" method="get" action="${basePath}"><label class="wide">Repository<input type="search" name="repo" placeholder="org/repo or org" value="${query.repository ?? ''}"></label><label>Pull or issue<input type="number" min="1" name="number" value="${
    query.number === undefined ? '' : String(query.number)
  }"></label><label class="wide">GUID<input type="search" name="guid" placeholder="X-GitHub-Delivery" value="${query.guid ?? ''}"></label><label>Event<input name="event" placeholder="pull_request" value="${query.eventType ?? ''}"></label><label>State<select name="state">${option('', 'all', query.status === undefined)}${deliveryStatuses.map((status) => option(status, statusText[status].text, query.status === status))}</select></label><button>Find</button>${
    isFiltered ? html`<a class="button" href="${basePath}">Clear</a>` : ''
  }</form>`;
}

function row({ summary: { guid, eventType, action, repository, number, sender, source, receivedAt }, record, status }: FoundDelivery, settings: PageSettings, now: number): Html {
  const { basePath } = settings;
  const href = `${basePath}/${encodeURIComponent(guid)}`;
  return html`<tr><td>${state(status)}</td><td class="event"><a href="${href}">${eventText({ eventType, action })}</a><small>${sender === undefined ? '' : `by ${sender}`}${source === 'webhook' ? '' : `, from ${source}`}</small></td><td>${
    repository === undefined ? html`<span class="quiet">none</span>` : html`<a href="${`${basePath}?repo=${encodeURIComponent(repository)}`}">${repository}</a>`
  }</td><td>${number === undefined ? '' : link(subjectUrl({ repository, number, eventType }, settings), `#${number}`)}</td><td>${outcome(record, settings)}</td><td class="nowrap">${ago(now, receivedAt)}</td><td class="nowrap"><a href="${href}" title="${guid}"><code>${guid.slice(0, 8)}</code></a></td></tr>`;
}

export function state(status: DeliveryStatus): Html {
  const { sign, text } = statusText[status];
  return html`<span class="state state-${status}"><span class="sign" aria-hidden="true">${sign}</span>${text}</span>`;
}

/** Events without an action have `none` as upstream's metrics do. */
export function eventText({ eventType, action }: { eventType: string; action?: string | undefined }): string {
  return action === undefined || action === 'none' ? eventType : `${eventType} ${action}`;
}

const maxSentences = 2;
const maxSentenceChars = 70;

/** What a plugin did, in few words. */
function deeds(plugin: string, record: DeliveryRecord, settings: PageSettings): Html {
  const effects = record.handlers[plugin]?.effects ?? [];
  const sentences = effects.slice(0, maxSentences).map((effect) => describeEffect(effect, record, settings).text);
  const shown = sentences.map((text) => (text.length > maxSentenceChars ? `${text.slice(0, maxSentenceChars)}…` : text)).join(', ');
  const more = effects.length - sentences.length;
  return html`<div><small>${plugin}</small> ${shown}${more > 0 ? ` and ${more} more` : ''}</div>`;
}

function outcome(record: FoundDelivery['record'], settings: PageSettings): Html {
  if (record === undefined) return html``;
  const { acted, failing, others } = outcomeOf(record);
  if (record.note !== undefined && acted.length === 0 && failing.length === 0) return html`<span class="quiet">${record.note}</span>`;
  const parts = [...acted.map(({ plugin }) => deeds(plugin, record, settings)), ...failing.map((plugin) => html`<div class="state-given-up">${plugin} fails</div>`)];
  if (parts.length === 0) return html`<span class="quiet">${others === 0 ? '' : `${others} ${others === 1 ? 'plugin' : 'plugins'} looked, nothing to do`}</span>`;
  return html`${parts}`;
}

/** The list with one thing of the query changed. */
function addressOf(query: EventsQuery, change: Partial<Record<'status' | 'before', string | undefined>>, basePath: string): string {
  const { repository, number, guid, eventType, limit, status, before } = { ...query, ...change };
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries({ repo: repository, number, guid, state: status, event: eventType, limit, before })) if (value !== undefined) parameters.set(key, String(value));
  const text = parameters.toString();
  return text === '' ? basePath : `${basePath}?${text}`;
}
