import { createHash } from 'node:crypto';
import type { AccountRecord, RepositoryRecord } from '../state/records.ts';
import { Html, html, type HtmlValue } from './html.ts';
import { style } from './style.ts';

/** Keeps the live part of a page up to date without touching what is being written. */
const script = `
const part=document.getElementById('live');
if(part){setInterval(async()=>{if(document.hidden)return;try{const answer=await fetch(location.href,{headers:{accept:'text/html'}});if(!answer.ok)return;
const next=new DOMParser().parseFromString(await answer.text(),'text/html').getElementById('live');
if(next&&next.innerHTML!==part.innerHTML&&!part.contains(document.activeElement))part.innerHTML=next.innerHTML}catch{}},2500)}
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing from elsewhere is loaded or run; forms go back here (or to where a sign-in continues). */
export const contentSecurityPolicy = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'`;

export function page({ title, account, path, body }: { title: string; account: AccountRecord | undefined; path: string; body: HtmlValue }): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="icon" type="image/svg+xml" href="/favicon.ico">${raw('style', style)}</head>
<body><header class="top"><a href="/">Local GitHub</a><span class="space"></span>${
    account === undefined
      ? html`<a href="/login?return_to=${encodeURIComponent(path)}">Sign in</a>`
      : html`${avatar(account.login)}<a href="/settings">${account.login}</a> <a href="/login?return_to=${encodeURIComponent(path)}">switch</a>`
  }</header><main>${body}</main>${raw('script', script)}</body></html>`;
}

/** Our own constant text, as it must be for its hash to fit. */
function raw(tag: 'style' | 'script', text: string): Html {
  return new Html(`<${tag}>${text}</${tag}>`);
}

export function avatar(login: string): Html {
  return html`<img class="avatar" alt="" src="/-/avatar/${encodeURIComponent(login)}.svg">`;
}

/** A letter on a colour of the name's own. */
export function avatarSvg(login: string): string {
  const digest = createHash('sha256').update(login.toLowerCase()).digest();
  const letter = /^[A-Za-z0-9]/.exec(login)?.[0]?.toUpperCase() ?? '?';
  const hue = ((digest[0] ?? 0) * 256 + (digest[1] ?? 0)) % 360;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 45% 45%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${letter}</text></svg>`;
}

export function repositoryHead(repository: RepositoryRecord, current: 'code' | 'pulls' | 'issues' | 'commits', counts: { pulls: number; issues: number }): Html {
  const root = `/${repository.owner}/${repository.name}`;
  const tab = (key: string, href: string, text: string, count?: number): Html =>
    html`<a href="${href}"${key === current ? html` aria-current="page"` : ''}>${text}${count === undefined ? '' : html`<span class="count">${count}</span>`}</a>`;
  return html`<div class="crumbs"><a href="/${repository.owner}">${repository.owner}</a> / <a href="${root}"><b>${repository.name}</b></a>${repository.isPrivate ? html` <span class="label">Private</span>` : ''}${repository.isArchived ? html` <span class="label">Archived</span>` : ''}</div>
<nav class="tabs">${tab('code', root, 'Code')}${tab('issues', `${root}/issues`, 'Issues', counts.issues)}${tab('pulls', `${root}/pulls`, 'Pull requests', counts.pulls)}${tab('commits', `${root}/commits/${encodePath(repository.defaultBranch)}`, 'Commits')}</nav>`;
}

export function encodePath(path: string): string {
  return path.split('/').map((part) => encodeURIComponent(part)).join('/');
}

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000 * 365, 'year'],
  [86_400_000 * 30, 'month'],
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
];

export function ago(now: number, at: number): Html {
  const passed = Math.max(0, now - at);
  const unit = units.find(([ms]) => passed >= ms);
  const count = unit === undefined ? 0 : Math.floor(passed / unit[0]);
  return html`<span title="${new Date(at).toISOString()}">${unit === undefined ? 'just now' : `${count} ${unit[1]}${count === 1 ? '' : 's'} ago`}</span>`;
}
