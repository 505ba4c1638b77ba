// upstream: pkg/bugzilla/client.go. REST for bugs, JSON-RPC for links to pull requests (the ExternalBugs extension).
import { ProwError } from '@prow/base-errors';
import type { Bug, Bugzilla } from './api.ts';
import { callService, field, listField, textField } from './call-service.ts';

/** How the key is sent. upstream: --bugzilla-auth-method */
export type BugzillaAuthMethod = 'bearer' | 'query' | 'x-bugzilla-api-key';

export interface BugzillaOptions {
  /** `https://bugzilla.example.com` */
  readonly endpoint: string;
  readonly apiKey: () => Promise<string>;
  readonly authMethod: BugzillaAuthMethod;
}

const githubTracker = 'https://github.com/';
const externalId = ({ org, repo, number }: { org: string; repo: string; number: number }): string => `${org}/${repo}/pull/${number}`;
const fields = 'id,summary,status,resolution,severity,is_open,target_release,depends_on,groups,qa_contact';
/** Bugzilla's own codes for: no such bug, not yours to see. */
const hiddenBugCodes: ReadonlySet<unknown> = new Set([100, 101, 102]);

export function bugzilla({ endpoint, apiKey, authMethod }: BugzillaOptions): Bugzilla {
  const url = endpoint.replace(/\/+$/, '');

  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, accepts: readonly number[] = []): Promise<{ status: number; data: unknown }> => {
    const key = await apiKey();
    const address = new URL(`${url}/${path}`);
    const headers: Record<string, string> = {};
    if (key !== '' && authMethod === 'query') address.searchParams.set('api_key', key);
    if (key !== '' && authMethod === 'bearer') headers['authorization'] = `Bearer ${key}`;
    if (key !== '' && authMethod === 'x-bugzilla-api-key') headers['x-bugzilla-api-key'] = key;
    return callService({ service: 'Bugzilla', url: address.href, method, body, accepts, headers });
  };

  /** What Bugzilla had against it, if anything. */
  const changeLinks = async (operation: string, parameters: object): Promise<string | undefined> => {
    const { data } = await call('POST', 'jsonrpc.cgi', { jsonrpc: '1.0', method: `ExternalBugs.${operation}`, params: [parameters], id: 'identifier' });
    const error = field(data, 'error');
    return error === undefined || error === null ? undefined : textField(error, 'message') || 'it gave no reason';
  };

  return {
    url,
    getBug: async (id) => {
      const { status, data } = await call('GET', `rest/bug/${id}?include_fields=${fields}`, undefined, [400, 401, 404]);
      const isHidden = status === 404 || (field(data, 'error') === true && hiddenBugCodes.has(field(data, 'code')));
      if (isHidden) return undefined;
      if (status !== 200) throw new ProwError('PROW_SERVICES_CALL', `Bugzilla: bug ${id} cannot be read: ${textField(data, 'message') || `status ${status}`}`, { details: { service: 'Bugzilla', status } });
      const [bug] = listField(data, 'bugs');
      return bug === undefined ? undefined : readBug(bug, id);
    },
    updateBug: async (id, change) => void (await call('PUT', `rest/bug/${id}`, change)),
    listExternalBugs: async (id) => {
      const { data } = await call('GET', `rest/bug/${id}?include_fields=external_bugs`);
      const [bug] = listField(data, 'bugs');
      return listField(bug, 'external_bugs').flatMap((link) => {
        const type = field(link, 'type');
        return textField(type, 'url').startsWith(githubTracker) ? [{ bugId: id, id: textField(link, 'ext_bz_bug_id') }] : [];
      });
    },
    addPullRequest: async (id, pull) => {
      const external_bugs = [{ ext_type_url: githubTracker, ext_bz_bug_id: externalId(pull) }];
      const message = await changeLinks('add_external_bug', { bug_ids: [id], external_bugs });
      if (message === undefined) return true;
      if (/already|duplicate key value violates unique constraint/.test(message)) return false;
      throw new ProwError('PROW_SERVICES_CALL', `Bugzilla: the pull request was not linked to bug ${id}: ${message}`, { details: { service: 'Bugzilla' } });
    },
    removePullRequest: async (id, pull) => {
      const message = await changeLinks('remove_external_bug', { bug_ids: [id], ext_type_url: githubTracker, ext_bz_bug_id: externalId(pull) });
      if (message === undefined) return true;
      if (message.includes('could not be found') || message.includes('does not exist')) return false;
      throw new ProwError('PROW_SERVICES_CALL', `Bugzilla: the link to the pull request was not taken from bug ${id}: ${message}`, { details: { service: 'Bugzilla' } });
    },
  };
}

function readBug(bug: unknown, id: number): Bug {
  const texts = (name: string): string[] => listField(bug, name).filter((value): value is string => typeof value === 'string');
  return {
    id,
    summary: textField(bug, 'summary'),
    status: textField(bug, 'status'),
    resolution: textField(bug, 'resolution'),
    severity: textField(bug, 'severity'),
    isOpen: field(bug, 'is_open') === true,
    targetReleases: texts('target_release'),
    dependsOn: listField(bug, 'depends_on').filter((value): value is number => typeof value === 'number'),
    groups: texts('groups'),
    qaContact: textField(bug, 'qa_contact'),
  };
}
