import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { fetchConfigStatus, fetchSession, loginAddress, signOut } from '../api.ts';
import { messageOf } from '../message-of.ts';
import { useLoaded } from '../use-loaded.ts';

export interface Settings {
  hasTide: boolean;
  hasPool: boolean;
  links: { name: string; href: string }[];
}

export function readSettings(): Settings {
  return JSON.parse(document.getElementById('settings')?.textContent ?? '{"hasTide":false,"hasPool":false,"links":[]}') as Settings;
}

export function Shell({ settings, path, children }: { settings: Settings; path: string; children: ComponentChildren }) {
  const own = [{ name: 'Jobs', href: '/' }, ...(settings.hasTide ? [{ name: 'Tide', href: '/tide' }] : []), ...(settings.hasPool ? [{ name: 'Pool', href: '/pool' }] : [])];
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true"><path d="M1 10h14l-3 5H4z" fill="var(--accent)" /><path d="M8 1v8H3z" fill="var(--accent-soft)" /><path d="M9 3v6h4z" fill="var(--accent)" /></svg>
          Prow
        </a>
        <nav aria-label="Pages">
          {own.map(({ name, href }) => <a key={href} href={href} aria-current={path === href ? 'page' : undefined}>{name}</a>)}
          {settings.links.map(({ name, href }) => <a key={href} href={href}>{name}</a>)}
        </nav>
        <Who key={path} />
      </header>
      <main><ConfigTrouble />{children}</main>
    </>
  );
}

/** Who is signed in, or where to. Nothing where there is no login. */
function Who() {
  const { value: session, reload } = useLoaded('session', fetchSession, 60_000);
  const [trouble, setTrouble] = useState<string>();
  if (session === undefined || !session.hasLogin) return null;
  if (session.login === undefined) return <div class="who"><a class="button" href={loginAddress()}>Sign in with GitHub</a></div>;
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      reload();
    } catch (error) {
      setTrouble(messageOf(error));
    }
  };
  return <div class="who">{trouble ?? <>Signed in as <b>{session.login}</b></>} <button type="button" onClick={() => void leave()}>Sign out</button></div>;
}

/** The files hold a mistake: what runs is the configuration of before. */
function ConfigTrouble() {
  const { value } = useLoaded('config-status', fetchConfigStatus, 10_000);
  if (value === undefined || value.ok) return null;
  return (
    <div class="trouble" role="alert">
      <p>The configuration has {value.errors.length === 1 ? 'a mistake' : `${value.errors.length} mistakes`} and is not used; the one before it is.</p>
      <ul>{value.errors.slice(0, shownMistakes).map((mistake, index) => <li key={index}>{placeOf(mistake)}{mistake.message} <code>{mistake.code}</code></li>)}</ul>
      {value.errors.length > shownMistakes && <p>And {value.errors.length - shownMistakes} more; <code>prow check</code> shows them all.</p>}
    </div>
  );
}

const shownMistakes = 5;

/** `config.yaml:12:5: `, as editors and `prow check` have it. */
function placeOf({ file, line, column }: { file?: string; line?: number; column?: number }) {
  if (file === undefined) return null;
  return <><code title={file}>{[file, ...(line === undefined ? [] : [line, column ?? 1])].join(':')}</code>{': '}</>;
}

export function Trouble({ message }: { message: string | undefined }) {
  return message === undefined ? null : <p class="trouble" role="alert">{message}</p>;
}
