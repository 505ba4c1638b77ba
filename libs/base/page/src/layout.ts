import { createHash } from 'node:crypto';
import { html, Html, link } from './html.ts';
import { style } from './style.ts';

/** The pages of all parts, in the order in which they are shown. */
export interface Navigation {
  /** Where the brand leads: deck. Undefined: nowhere else. */
  readonly home?: string | undefined;
  readonly links: readonly { readonly name: string; readonly href: string }[];
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** No script, nothing from elsewhere. */
export const contentSecurityPolicy = `default-src 'none'; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

const sail = `<path d="M1 10h14l-3 5H4z" fill="var(--accent)"/><path d="M8 1v8H3z" fill="var(--accent-soft)"/><path d="M9 3v6h4z" fill="var(--accent)"/>`;
const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 10h14l-3 5H4z' fill='%231f6feb'/%3E%3Cpath d='M8 1v8H3z' fill='%2358a6ff'/%3E%3Cpath d='M9 3v6h4z' fill='%231f6feb'/%3E%3C/svg%3E";

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly navigation: Navigation;
  /** The page's own place in the navigation; it is added where the navigation lacks it. */
  readonly own: { readonly name: string; readonly href: string };
  /** The page asks for itself again after this many seconds. */
  readonly refreshSeconds?: number | undefined;
}

/** A whole document, to be sent with `contentSecurityPolicy`. */
export function page({ title, body, navigation: { home, links }, own, refreshSeconds }: Page): string {
  const isOwn = (href: string): boolean => href.replace(/\/$/, '') === own.href;
  const shown = links.some(({ href }) => isOwn(href)) ? links : [...links, own];
  return `<!doctype html>\n${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">${
    refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${String(refreshSeconds)}">`
  }<title>${title} · Prow</title><link rel="icon" href="${icon}">${new Html(`<style>${style}</style>`)}</head>
<body><header class="top"><a class="brand" href="${home ?? own.href}">${new Html(`<svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">${sail}</svg>`)}Prow</a><nav aria-label="Pages">${shown.map(({ name, href }) =>
    isOwn(href) ? html`<a href="${href}" aria-current="page">${name}</a>` : link(href, name),
  )}</nav></header><main>${body}</main></body></html>`.text}`;
}

/** `2m 3s ago`, the full time on touch. */
export function ago(now: number, at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${clockTime(at)}">${at > now + 999 ? `in ${duration(at - now)}` : `${duration(now - at)} ago`}</time>`;
}

/** `2026-08-01 12:00:00 UTC` */
export function clockTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC');
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}
