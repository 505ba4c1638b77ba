import type { ComponentChildren } from 'preact';
import { fetchConfigStatus } from '../api.ts';
import { useLoaded } from '../use-loaded.ts';

export interface Settings {
  hasTide: boolean;
  links: { name: string; href: string }[];
}

export function readSettings(): Settings {
  return JSON.parse(document.getElementById('settings')?.textContent ?? '{"hasTide":false,"links":[]}') as Settings;
}

export function Shell({ settings, path, children }: { settings: Settings; path: string; children: ComponentChildren }) {
  const own = [{ name: 'Jobs', href: '/' }, ...(settings.hasTide ? [{ name: 'Tide', href: '/tide' }] : [])];
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
      </header>
      <main><ConfigTrouble />{children}</main>
    </>
  );
}

/** The files hold a mistake: what runs is the configuration of before. */
function ConfigTrouble() {
  const { value } = useLoaded('config-status', fetchConfigStatus, 10_000);
  if (value === undefined || value.ok) return null;
  const [first, ...more] = value.errors;
  return <Trouble message={`The configuration has a mistake and is not used; the one before it is. ${first?.message ?? ''}${more.length > 0 ? ` (and ${more.length} more)` : ''}`} />;
}

export function Trouble({ message }: { message: string | undefined }) {
  return message === undefined ? null : <p class="trouble" role="alert">{message}</p>;
}
