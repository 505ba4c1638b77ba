import { GitHubError } from '../github-error.ts';
import type { Reviews } from '../roles/reviews.ts';
import type { IssueName, PullRequest, Review, ReviewComment } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { cutBody, normalizeReview, normalizeReviewComment } from './normalize.ts';

const pullRoute = '/repos/{owner}/{repo}/pulls/{pull_number}';
type ReviewerChange = IssueName & { logins?: readonly string[]; teams?: readonly string[] };

export function reviews(ask: Asker): Reviews {
  const named = ({ org, repo, number }: IssueName): Record<string, unknown> => ({ owner: org, repo, pull_number: number });

  const change = (method: 'POST' | 'DELETE', name: IssueName, logins: readonly string[], teams: readonly string[]): Promise<PullRequest> => {
    const body = { ...(logins.length > 0 || method === 'DELETE' ? { reviewers: logins } : {}), ...(teams.length > 0 ? { team_reviewers: teams } : {}) };
    return ask.write(`${method} ${pullRoute}/requested_reviewers`, { ...named(name), ...body }, { repeatable: true, dryRun: {} as PullRequest });
  };

  /** GitHub refuses a request as a whole when one name in it is wrong. */
  async function changeEach(method: 'POST' | 'DELETE', { org, repo, number, logins = [], teams = [] }: ReviewerChange): Promise<{ refused: string[] }> {
    const name = { org, repo, number };
    if (logins.length + teams.length === 0) return { refused: [] };
    try {
      await change(method, name, logins, teams);
      return { refused: [] };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (logins.length + teams.length === 1) return { refused: [...logins, ...teams] };
    }
    const refused: string[] = [];
    for (const [kind, each] of [...logins.map((login) => ['login', login] as const), ...teams.map((team) => ['team', team] as const)]) {
      try {
        await change(method, name, kind === 'login' ? [each] : [], kind === 'team' ? [each] : []);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push(each);
      }
    }
    return { refused };
  }

  return {
    listReviews: async (name) => (await ask.list<Review>(`GET ${pullRoute}/reviews`, named(name))).map((review) => normalizeReview(review)),
    listReviewComments: async (name) => (await ask.list<ReviewComment>(`GET ${pullRoute}/comments`, named(name))).map((comment) => normalizeReviewComment(comment)),
    createReview: async ({ org, repo, number, event, body, commitId, comments = [] }) => {
      const review = { event, body: cutBody(body), comments, ...(commitId === undefined ? {} : { commit_id: commitId }) };
      const dryRun = { id: 0, body, state: 'COMMENTED' } as Review;
      return normalizeReview(await ask.write(`POST ${pullRoute}/reviews`, { ...named({ org, repo, number }), ...review }, { dryRun }));
    },
    replyToReviewComment: async ({ commentId, body, ...name }) => {
      const dryRun = { id: 0, body } as ReviewComment;
      return normalizeReviewComment(
        await ask.write(`POST ${pullRoute}/comments/{comment_id}/replies`, { ...named(name), comment_id: commentId, body: cutBody(body) }, { dryRun }),
      );
    },
    requestReviewers: (request) => changeEach('POST', request),
    unrequestReviewers: (request) => changeEach('DELETE', request),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof GitHubError && (error.isValidation || error.isNotFound);
}
