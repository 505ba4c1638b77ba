// createcluster: asks manual-trigger for the job that makes one.
import { createHash } from 'node:crypto';
import { ProwError } from '@prow/base-errors';
import { retry, type Clock } from '@prow/base-time';

export interface CreateClusterOptions {
  /** manual-trigger's address, up to `/manual-trigger`. */
  url: string;
  token: () => string | undefined;
  org: string;
  repo: string;
  job: string;
  clock: Clock;
}

export interface ClusterJob {
  name: string;
  url: string;
}

/** Tried again on trouble on the way: the same key makes the same ProwJob. */
export async function createCluster({ url, token, org, repo, job, clock }: CreateClusterOptions, { user, branch, key }: { user: string; branch: string; key?: string }): Promise<ClusterJob> {
  const secret = token();
  const body = JSON.stringify({ org, repo, base_ref: branch, prowtype: 'postsubmit', prowjob: job, user });
  const idempotencyKey = key ?? createHash('sha256').update(`${user}\0${branch}\0${clock.now()}\0${Math.random()}`).digest('hex');
  return retry(
    async () => {
      let response: Response;
      let text: string;
      try {
        response = await fetch(`${url}/manual-trigger`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey, ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }) },
          body,
          signal: AbortSignal.timeout(10_000),
        });
        text = await response.text();
      } catch (error) {
        throw new ProwError('PROW_CIMASTER_TRIGGER', 'manual-trigger does not answer', { httpStatus: 502, transient: true, cause: error });
      }
      const answer = parse(text);
      if (!response.ok) throw new ProwError('PROW_CIMASTER_TRIGGER', `manual-trigger refused: ${answer.message ?? text.slice(0, 300)}`, { httpStatus: response.status >= 500 ? 502 : response.status, transient: response.status >= 500 });
      return { name: answer.name ?? '', url: answer.url ?? '' };
    },
    { attempts: 5, backoff: { baseMs: 200, maxMs: 5000 }, clock },
  );
}

function parse(text: string): { name?: string; url?: string; message?: string } {
  try {
    const value = JSON.parse(text) as { name?: string; url?: string; message?: string; error?: { message?: string } | string; detail?: string };
    const message = value.message ?? value.detail ?? (typeof value.error === 'string' ? value.error : value.error?.message);
    return { ...value, ...(message === undefined ? {} : { message }) };
  } catch {
    return {};
  }
}
