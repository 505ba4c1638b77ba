import { ApiError } from '../api-error.ts';
import { renderIssue } from '../render/issues.ts';
import { searchIssues } from '../search/search-issues.ts';
import { renderRepository } from '../render/repositories.ts';
import { parseQuery } from '../search/parse-query.ts';
import { atLeast } from '../state/queries.ts';
import * as tables from '../state/tables.ts';
import { json } from './api-request.ts';
import type { RouteTable } from './router.ts';

const maxResults = 1000;
/** Nobody is held back here, but clients plan by these numbers. */
export const hourlyLimit = 1_000_000;

export const miscRoutes: RouteTable = {
  'GET /': (request) => json({ current_user_url: `${request.rendering.base}/api/v3/user`, repository_url: `${request.rendering.base}/api/v3/repos/{owner}/{repo}` }),
  'GET /meta': () => json({ verifiable_password_authentication: false, installed_version: 'local' }),
  'GET /zen': () => ({ status: 200, body: 'Keep it logically awesome.', contentType: 'text/plain; charset=utf-8' }),
  'GET /rate_limit': (request) => {
    const reset = Math.ceil(request.forge.clock.now() / 1000) + 3600;
    const each = { limit: hourlyLimit, used: 0, remaining: hourlyLimit, reset };
    return json({ resources: { core: each, search: each, graphql: each, integration_manifest: each }, rate: each });
  },
  'GET /search/issues': (request) => {
    const query = request.query.get('q');
    if (query === null) throw new ApiError(422, 'Validation Failed', [{ resource: 'Search', field: 'q', code: 'missing' }]);
    const sort = request.query.get('sort');
    const found = searchIssues(request.rendering, query, {
      login: request.account?.login,
      ...(sort === 'created' || sort === 'updated' || sort === 'comments' ? { sort } : {}),
      isAscending: request.query.get('order') === 'asc',
    });
    const reachable = found.slice(0, maxResults);
    const { from, to } = request.page;
    const items = reachable.slice(from, to).map(({ repository, issue }) => ({ ...renderIssue(request.rendering, repository, issue), score: 1 }));
    return { ...json({ total_count: found.length, incomplete_results: false, search_type: 'lexical', items }), headers: request.links(reachable.length) };
  },
  'GET /search/repositories': (request) => {
    const terms = parseQuery(request.query.get('q') ?? '');
    const found = request.forge.database.all(tables.repositories).filter(
      (repository) =>
        atLeast(request.permission(repository), 'read') &&
        terms.every(({ key, values }) => values.some((value) => (key === 'org' || key === 'user' ? repository.owner.toLowerCase() === value.toLowerCase() : key !== undefined || `${repository.owner}/${repository.name}`.toLowerCase().includes(value.toLowerCase())))),
    );
    const { from, to } = request.page;
    return { ...json({ total_count: found.length, incomplete_results: false, items: found.slice(from, to).map((repository) => ({ ...renderRepository(request.rendering, repository), score: 1 })) }), headers: request.links(found.length) };
  },
};
