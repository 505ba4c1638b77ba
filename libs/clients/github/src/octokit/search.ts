import type { Search } from '../roles/search.ts';
import type { Issue } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { normalizeIssue } from './normalize.ts';

export function search(ask: Asker): Search {
  return {
    searchIssues: async ({ query, org, sort, ascending }) => {
      const parameters = { q: query, ...(sort === undefined ? {} : { sort }), ...(ascending === undefined ? {} : { order: ascending ? 'asc' : 'desc' }) };
      const found = await ask.listFor<Issue>(org, 'GET /search/issues', parameters, { key: 'items' });
      return found.map((issue) => normalizeIssue(issue));
    },
  };
}
