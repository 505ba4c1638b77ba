import { ApiError, invalid } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emit } from '../hooks/emit.ts';
import { renderCheckRun, renderCommit } from '../render/commits.ts';
import { repositoryApi, time } from '../render/rendering.ts';
import type { AccountRecord, CheckRunRecord, RepositoryRecord, StatusRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { readCommits } from '@prow/clients-git';

const maxStatuses = 1000;
const states = new Set(['error', 'failure', 'pending', 'success']);

export interface NewStatus {
  sha: string;
  state: string;
  context: string;
  description: string | null;
  targetUrl: string | null;
}

export async function createStatus(forge: Forge, { actor, repository, status }: { actor: AccountRecord; repository: RepositoryRecord; status: NewStatus }): Promise<StatusRecord> {
  const { sha, state, context, description, targetUrl } = status;
  if (!states.has(state)) throw invalid('Status', 'state', `state must be one of ${[...states].join(', ')}`, 'invalid');
  if (context.length > 255) throw invalid('Status', 'context', 'context is too long (maximum is 255 characters)');
  if (description !== null && description.length > 140) throw invalid('Status', 'description', 'description is too long (maximum is 140 characters)');
  if (targetUrl !== null && !/^https?:\/\/.+/i.test(targetUrl)) throw invalid('Status', 'target_url', "target_url must use http(s) scheme");
  const commit = (await commitsOf(forge, repository.id, sha))[0];
  if (commit === undefined) throw new ApiError(422, `No commit found for SHA: ${sha}`);
  return forge.change(actor, (change, tell) => {
    const group = tables.ofCommit({ repoId: repository.id, sha });
    const same = change.list(tables.statuses, group).filter((each) => each.context === context);
    if (same.length >= maxStatuses) throw new ApiError(422, 'Validation Failed', [{ resource: 'Status', code: 'custom', message: 'This SHA and context has reached the maximum number of statuses.' }]);
    const telling = tell(repository);
    const record: StatusRecord = { id: change.nextId(), repoId: repository.id, sha, state: state as StatusRecord['state'], context, description, targetUrl, creator: actor.login, createdAt: telling.now };
    change.put(tables.statuses, record);
    const { rendering } = telling;
    emit(telling, 'status', {
      id: record.id,
      sha,
      name: `${repository.owner}/${repository.name}`,
      avatar_url: null,
      target_url: targetUrl,
      context,
      description,
      state,
      commit: renderCommit(rendering, repository, commit),
      branches: Object.entries(repository.refs)
        .filter(([ref, tip]) => tip === sha && ref.startsWith('refs/heads/'))
        .slice(0, 10)
        .map(([ref]) => ({ name: ref.slice('refs/heads/'.length), commit: { sha, url: `${repositoryApi(rendering, repository)}/commits/${sha}` }, protected: false })),
      created_at: time(telling.now),
      updated_at: time(telling.now),
    });
    return record;
  });
}

/** The commit itself, when the repository has it. */
async function commitsOf(forge: Forge, repoId: number, sha: string): Promise<Awaited<ReturnType<typeof readCommits>>> {
  if (!/^[0-9a-f]{40}$/.test(sha) || !(await forge.git.open(repoId).hasCommit(sha))) return [];
  return readCommits({ gitDir: forge.git.gitDir(repoId), to: sha, limit: 1, newestFirst: true });
}

export async function saveCheckRun(forge: Forge, { actor, repository, run, action }: { actor: AccountRecord; repository: RepositoryRecord; run: CheckRunRecord | Omit<CheckRunRecord, 'id'>; action: 'created' | 'completed' | 'rerequested' }): Promise<CheckRunRecord> {
  if ((await commitsOf(forge, repository.id, run.sha)).length === 0) throw new ApiError(422, `No commit found for SHA: ${run.sha}`);
  return forge.change(actor, (change, tell) => {
    const record: CheckRunRecord = 'id' in run ? run : { id: change.nextId(), ...run };
    change.put(tables.checkRuns, record);
    const telling = tell(repository);
    emit(telling, 'check_run', { action, check_run: renderCheckRun(telling.rendering, repository, record) });
    return record;
  });
}
