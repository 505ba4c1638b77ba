// Addresses to pages, without a reload: clicks on links of this site, the back button, changed filters.
import { useEffect, useState } from 'preact/hooks';

const changed = new EventTarget();

export function navigate(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else {
    history.pushState(null, '', href);
    scrollTo(0, 0);
  }
  changed.dispatchEvent(new Event('change'));
}

/** The address now; renders again when it changes. */
export function useAddress(): URL {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const update = (): void => setHref(location.href);
    changed.addEventListener('change', update);
    addEventListener('popstate', update);
    addEventListener('click', followLink);
    return () => {
      changed.removeEventListener('change', update);
      removeEventListener('popstate', update);
      removeEventListener('click', followLink);
    };
  }, []);
  return new URL(href);
}

const ownPages = /^\/(?:$|view\/|job-history\/|pr-history$|tide$|pool$)/;

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.composedPath().find((target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement);
  if (link === undefined || link.target !== '' || link.origin !== location.origin || !ownPages.test(link.pathname) || link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  navigate(link.href);
}
