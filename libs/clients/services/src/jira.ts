// upstream: pkg/jira/jira.go. The API of Jira Server and Data Center, version 2; Jira Cloud has it, too.
import type { Jira, JiraRemoteLink } from './api.ts';
import { callService, field, textField } from './call-service.ts';

const projectsTtlMs = 600_000;

export interface JiraOptions {
  /** `https://issues.example.com` */
  readonly endpoint: string;
  /** The Authorization header; undefined: asks as nobody. */
  readonly authorization: () => Promise<string | undefined>;
}

export function jira({ endpoint, authorization }: JiraOptions): Jira {
  const url = endpoint.replace(/\/+$/, '');
  let projects: { at: number; keys: Promise<ReadonlySet<string>> } | undefined;

  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, { body, accepts = [] }: { body?: unknown; accepts?: readonly number[] } = {}): Promise<{ status: number; data: unknown }> => {
    const header = await authorization();
    return callService({ service: 'Jira', url: `${url}/rest/api/2/${path}`, method, body, accepts, headers: header === undefined ? {} : { authorization: header } });
  };
  const links = (key: string): string => `issue/${encodeURIComponent(key)}/remotelink`;
  const linkBody = (link: { url: string; title: string }): object => ({ object: { url: link.url, title: link.title, icon: { url16x16: 'https://github.com/favicon.ico', title: 'GitHub' } } });

  return {
    url,
    projectKeys: () => {
      if (projects === undefined || Date.now() - projects.at > projectsTtlMs) {
        const keys = call('GET', 'project').then(({ data }) => new Set((Array.isArray(data) ? data : []).map((project) => textField(project, 'key').toUpperCase())));
        keys.catch(() => (projects = undefined));
        projects = { at: Date.now(), keys };
      }
      return projects.keys;
    },
    hasIssue: async (key) => (await call('GET', `issue/${encodeURIComponent(key)}?fields=summary`, { accepts: [404] })).status !== 404,
    listRemoteLinks: async (key) => {
      const { data } = await call('GET', links(key));
      return (Array.isArray(data) ? data : []).flatMap((link: unknown): JiraRemoteLink[] => {
        const id = field(link, 'id');
        const object = field(link, 'object');
        return typeof id === 'number' ? [{ id, url: textField(object, 'url'), title: textField(object, 'title') }] : [];
      });
    },
    addRemoteLink: async (key, link) => void (await call('POST', links(key), { body: linkBody(link) })),
    updateRemoteLink: async (key, link) => void (await call('PUT', `${links(key)}/${link.id}`, { body: linkBody(link) })),
  };
}
