import type { Bugzilla } from '@prow/clients-services';
import type { EventPullRequest } from '@prow/model-github-events';
import type { PluginContext } from '../../plugin.ts';
import type { BugOptions } from './options.ts';

export type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'services' | 'pullRequest'>;

/** A pull request that names a bug, and how to answer about it. */
export interface Subject {
  readonly pull: { org: string; repo: string; number: number };
  readonly pullRequest: EventPullRequest;
  readonly bugId: number | undefined;
  readonly options: BugOptions;
  readonly bugzilla: Bugzilla;
  readonly reply: (message: string) => Promise<void>;
}

export function bugLink({ bugId, bugzilla }: Pick<Subject, 'bugId' | 'bugzilla'>): string {
  return `[Bugzilla bug ${bugId ?? ''}](${bugzilla.url}/show_bug.cgi?id=${bugId ?? ''})`;
}
