import { ProwError } from '@prow/base-errors';
import type { ProwConfig } from '@prow/model-config';
import type { HookSettings } from './flags.ts';
import type { HookPages } from './hook-http.ts';

export interface HookPagesOptions {
  readonly settings: HookSettings;
  readonly githubUrl: string;
  readonly config: () => ProwConfig;
}

/** What flags and configuration tell the pages. Repositories that deck hides are hidden here, too. */
export function hookPages({ settings, githubUrl, config }: HookPagesOptions): HookPages {
  const deckUrl = deckUrlOf(settings);
  const jobs = deckUrl === undefined ? [] : [{ name: 'Jobs', href: `${deckUrl}/` }];
  return {
    links: [...jobs, ...settings.navLinks.map(linkOf)],
    deckUrl,
    githubUrl: githubUrl.replace(/\/+$/, ''),
    eventsTokenFile: settings.eventsTokenFile,
    allowsAnyone: settings.eventsAllowAnyone,
    isHidden: (repository) => {
      const hidden = config().deck.hidden_repos ?? [];
      return hidden.includes(repository) || hidden.includes(repository.slice(0, repository.indexOf('/')));
    },
  };
}

/** `--deck-url` without a slash at its end; undefined when it was not given. */
export function deckUrlOf({ deckUrl }: Pick<HookSettings, 'deckUrl'>): string | undefined {
  if (deckUrl === undefined || deckUrl === '') return undefined;
  if (!/^https?:\/\//.test(deckUrl) || !URL.canParse(deckUrl)) throw new ProwError('PROW_HOOK_FLAGS', `--deck-url: found "${deckUrl}", expected an address such as https://prow.example.com`);
  return deckUrl.replace(/\/+$/, '');
}

function linkOf(text: string): { name: string; href: string } {
  const at = text.indexOf('=');
  const href = text.slice(at + 1);
  if (at < 1 || !/^(?:https?:\/\/|\/)/.test(href)) throw new ProwError('PROW_HOOK_FLAGS', `--nav-link: found "${text}", expected NAME=URL`);
  return { name: text.slice(0, at), href };
}
