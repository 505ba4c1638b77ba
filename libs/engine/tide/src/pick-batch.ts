// Which pull requests are tested together: those that merge one after the other without conflict. upstream: pkg/tide/tide.go, pickBatch
import type { GitClient } from '@prow/clients-git';
import type { JudgedPull, Subpool } from './types.ts';

/** How many heads are tried at the most, however many wait. */
const maxCandidates = 50;

/** At least two, at most `limit` (0: no bound) of the candidates, in their order; fewer than two: none. */
export async function pickBatch(git: GitClient, { org, repo, branch, baseSha }: Subpool, candidates: readonly JudgedPull[], limit: number): Promise<JudgedPull[]> {
  const repository = await git.repository({ org, repo });
  await repository.fetch({ refs: [`refs/heads/${branch}`, ...candidates.slice(0, maxCandidates).map(({ pull }) => `refs/pull/${pull.number}/head`)] });
  const batch: JudgedPull[] = [];
  for (const candidate of candidates.slice(0, maxCandidates)) {
    if (limit > 0 && batch.length >= limit) break;
    if (!(await repository.hasCommit(candidate.pull.headSha))) continue;
    const heads = [...batch, candidate].map(({ pull, method }) => ({ sha: pull.headSha, method }));
    const outcome = await repository.tryMerge({ baseSha, heads });
    if (outcome.kind === 'merged') batch.push(candidate);
  }
  return batch.length < 2 ? [] : batch;
}
