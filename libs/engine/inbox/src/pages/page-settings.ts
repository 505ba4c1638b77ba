import type { Navigation, Page } from '@prow/base-page';

/** What the pages know of their surroundings. */
export interface PageSettings {
  /** Where the pages are mounted: `/events`. */
  readonly basePath: string;
  /** The other pages, deck's first, in the navigation. */
  readonly links: Navigation['links'];
  /** Where deck is, without a slash at the end; '' is here. Undefined: there is none. */
  readonly deckUrl?: string | undefined;
  /** Where people read GitHub, without a slash at the end. */
  readonly githubUrl?: string | undefined;
}

export function surroundings({ basePath, links, deckUrl }: PageSettings): Pick<Page, 'own' | 'navigation'> {
  return { own: { name: 'Events', href: basePath }, navigation: { home: deckUrl === undefined ? undefined : `${deckUrl}/`, links } };
}
