import type { IncomingMessage, ServerResponse } from 'node:http';
import { accountIn } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { syncRefs } from '../ops/sync-refs.ts';
import { atLeast, findRepository, permissionOf } from '../state/queries.ts';
import type { AccountRecord, RepositoryRecord } from '../state/records.ts';
import { advertise, receivePack, uploadPack, type GitService } from './smart-http.ts';

const pattern = /^\/([A-Za-z0-9_.[\]-]+)\/([A-Za-z0-9_.-]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** Whether git's own protocol is asked for. */
export function isGitPath(path: string): boolean {
  return pattern.test(path);
}

/** Fetches and pushes: `/OWNER/REPO.git/…`, also without `.git`. */
export async function serveGit(forge: Forge, request: IncomingMessage, response: ServerResponse, { path, query }: { path: string; query: URLSearchParams }): Promise<void> {
  const [, owner = '', name = '', what = ''] = pattern.exec(path) ?? [];
  const asked = what === 'info/refs' ? (query.get('service') ?? '') : what;
  if (asked !== 'git-upload-pack' && asked !== 'git-receive-pack') {
    refuse(response, 403, 'Please upgrade your git client: only the smart protocol is served.');
    return;
  }
  const service: GitService = asked;
  let account: AccountRecord | undefined;
  try {
    account = accountIn(forge, request.headers.authorization);
  } catch (error) {
    challenge(response, error instanceof ApiError ? error.message : 'Bad credentials');
    return;
  }
  const repository = findRepository(forge.database, owner, name);
  const permission = repository === undefined ? 'none' : permissionOf(forge.database, repository, account?.login);
  const needed = service === 'git-upload-pack' ? 'read' : 'write';
  if (repository === undefined || !atLeast(permission, needed)) {
    if (account === undefined) challenge(response, 'Authentication is needed: use a personal token as password.');
    else if (repository !== undefined && atLeast(permission, 'read')) refuse(response, 403, `Permission to ${owner}/${name}.git denied to ${account.login}.`);
    else refuse(response, 404, 'Repository not found.');
    return;
  }
  const transfer = { service, gitDir: forge.git.gitDir(repository.id), request, response, log: forge.log };
  if (what === 'info/refs') await advertise(transfer);
  else if (service === 'git-upload-pack') await uploadPack(transfer);
  else await push(forge, repository, account, transfer);
}

async function push(forge: Forge, repository: RepositoryRecord, account: AccountRecord | undefined, transfer: Parameters<typeof uploadPack>[0]): Promise<void> {
  if (account === undefined) {
    challenge(transfer.response, 'Authentication is needed: use a personal token as password.');
    return;
  }
  if (repository.isArchived) {
    refuse(transfer.response, 403, 'This repository was archived so it is read-only.');
    return;
  }
  await forge.locked(repository.id, () => receivePack({ ...transfer, afterwards: () => syncRefs(forge, repository.id, account) }));
}

function challenge(response: ServerResponse, message: string): void {
  response.setHeader('www-authenticate', 'Basic realm="GitHub"');
  refuse(response, 401, message);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
