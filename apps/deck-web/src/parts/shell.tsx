import type { ComponentChildren } from 'preact';

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
      <main>{children}</main>
    </>
  );
}

export function Trouble({ message }: { message: string | undefined }) {
  return message === undefined ? null : <p class="trouble" role="alert">{message}</p>;
}
