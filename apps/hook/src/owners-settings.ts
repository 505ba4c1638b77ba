import type { ConfigSnapshot } from '@prow/clients-config-source';
import type { OwnersSettings } from '@prow/engine-owners';
import { ignoredOwnersDirs } from '@prow/model-config';
import { markdownOwnersEnabled, ownersFilenamesFor, skipsCollaborators } from '@prow/model-plugin-config';

/** What the configuration says about a repository's OWNERS. */
export function ownersSettings({ config, plugins }: ConfigSnapshot, org: string, repo: string): OwnersSettings {
  const names = ownersFilenamesFor(plugins, org, repo);
  return {
    ownersFile: names.owners,
    aliasesFile: names.owners_aliases,
    skipCollaborators: skipsCollaborators(plugins, org, repo),
    isMarkdownRead: markdownOwnersEnabled(plugins, org, repo),
    folderDenylist: ignoredOwnersDirs(config.owners_dir_denylist, org, repo),
  };
}
