import type { Forge } from '../forge.ts';
import { accountOf, findAccount, isPull, type PullRecord } from '../state/queries.ts';
import * as tables from '../state/tables.ts';
import { finishMerge } from './pulls.ts';
import { syncRefs } from './sync-refs.ts';

/** Finishes what a crash cut short: pushes that were not told of, merges that were begun. */
export async function recover(forge: Forge): Promise<void> {
  for (const repository of forge.database.all(tables.repositories)) {
    const begun = forge.database.list(tables.issues, String(repository.id)).filter((issue): issue is PullRecord => isPull(issue) && issue.pull.merging !== null);
    const actor = accountOf(forge.database, repository.owner);
    try {
      await forge.locked(repository.id, async () => {
        for (const issue of begun) await settleMerge(forge, issue);
        await syncRefs(forge, repository.id, actor);
      });
    } catch (error) {
      forge.log.error('a repository could not be brought up to date', { repository: `${repository.owner}/${repository.name}`, error });
    }
  }
}

/** A merge counts if its commit is on the branch. */
async function settleMerge(forge: Forge, issue: PullRecord): Promise<void> {
  const { merging, baseRef } = issue.pull;
  if (merging === null) return;
  const tip = (await forge.git.refs(issue.repoId))[`refs/heads/${baseRef}`];
  const git = forge.git.open(issue.repoId);
  const isDone = tip !== undefined && (await git.hasCommit(merging.sha)) && (await git.isAncestor({ ancestor: merging.sha, descendant: tip }));
  const actor = findAccount(forge.database, merging.by) ?? accountOf(forge.database, issue.author);
  if (!isDone || issue.pull.isMerged) {
    await forge.database.change((change) => change.put(tables.issues, { ...issue, pull: { ...issue.pull, merging: null } }));
    return;
  }
  const known = forge.database.get(tables.repositories, tables.padded(issue.repoId))?.refs[`refs/heads/${baseRef}`];
  await forge.study(issue);
  await syncRefs(forge, issue.repoId, actor, (telling) => finishMerge(telling, issue, { sha: merging.sha, baseSha: known ?? issue.pull.baseSha }));
}
