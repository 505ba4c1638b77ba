// Jobs that the pool starts, through manual-trigger: the one that makes a cluster, and the one that cleans one.
import { ProwError } from '@prow/base-errors';
import { retry, type Clock } from '@prow/base-time';

const answerMs = 10_000;
const maxAnswerBytes = 1024 * 1024;

export interface TriggerOptions {
  /** manual-trigger's address, up to `/manual-trigger`. */
  url: string;
  token: () => string | undefined;
  org: string;
  repo: string;
  clock: Clock;
}

export interface JobRequest {
  job: string;
  branch: string;
  user: string;
  env?: Record<string, string>;
  /** The same key makes the same ProwJob. */
  key: string;
  /** Default 5. */
  attempts?: number;
}

export interface TriggeredJob {
  name: string;
  url: string;
}

/** Tried again on trouble on the way. @throws ProwError PROW_CIMASTER_TRIGGER: 502 for trouble, else what manual-trigger answered */
export async function triggerJob({ url, token, org, repo, clock }: TriggerOptions, { job, branch, user, env, key, attempts = 5 }: JobRequest): Promise<TriggeredJob> {
  const body = JSON.stringify({ org, repo, base_ref: branch, prowtype: 'postsubmit', prowjob: job, user, ...(env === undefined ? {} : { env }) });
  return retry(() => ask(url, { body, key, secret: token() }), { attempts, backoff: { baseMs: 200, maxMs: 5000 }, clock });
}

async function ask(url: string, { body, key, secret }: { body: string; key: string; secret: string | undefined }): Promise<TriggeredJob> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/manual-trigger`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': key, ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }) },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    });
    text = (await response.text()).slice(0, maxAnswerBytes);
  } catch (error) {
    throw new ProwError('PROW_CIMASTER_TRIGGER', 'manual-trigger does not answer', { httpStatus: 502, transient: true, cause: error });
  }
  const answer = parse(text);
  const isPassing = response.status >= 500 || response.status === 429;
  // Its 401 and 403 are about this service, not about whoever asked it.
  const status = isPassing || response.status === 401 || response.status === 403 ? 502 : response.status;
  if (!response.ok) throw new ProwError('PROW_CIMASTER_TRIGGER', `manual-trigger refused: ${answer.message ?? text.slice(0, 300)}`, { httpStatus: status, transient: isPassing });
  if (answer.name === undefined) throw new ProwError('PROW_CIMASTER_TRIGGER', 'manual-trigger answered without the name of a ProwJob', { httpStatus: 502 });
  return { name: answer.name, url: answer.url ?? '' };
}

function parse(text: string): { name?: string; url?: string; message?: string } {
  try {
    const value = JSON.parse(text) as { name?: unknown; url?: unknown; message?: unknown; error?: { message?: unknown } | string; detail?: unknown; links?: { view?: unknown } };
    const message = value.detail ?? value.message ?? (typeof value.error === 'object' ? value.error.message : value.error);
    const url = value.url ?? value.links?.view;
    return { ...(typeof value.name === 'string' ? { name: value.name } : {}), ...(typeof url === 'string' ? { url } : {}), ...(typeof message === 'string' ? { message } : {}) };
  } catch {
    return {};
  }
}
