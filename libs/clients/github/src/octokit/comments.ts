import type { Comments } from '../roles/comments.ts';
import type { Comment } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { cutBody, normalizeComment } from './normalize.ts';

export function comments(ask: Asker): Comments {
  return {
    listComments: async ({ org, repo, number }) => {
      const found = await ask.list<Comment>('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { owner: org, repo, issue_number: number });
      return found.map((comment) => normalizeComment(comment));
    },
    getComment: async ({ org, repo, commentId }) =>
      normalizeComment(await ask.get<Comment>('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', { owner: org, repo, comment_id: commentId })),
    createComment: async ({ org, repo, number, body }) => {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const dryRun = { id: 0, node_id: '', body, html_url: '' } as Comment;
      return normalizeComment(await ask.write(route, { owner: org, repo, issue_number: number, body: cutBody(body) }, { dryRun }));
    },
    editComment: async ({ org, repo, commentId, body }) => {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      const dryRun = { id: commentId, node_id: '', body, html_url: '' } as Comment;
      return normalizeComment(await ask.write(route, { owner: org, repo, comment_id: commentId, body: cutBody(body) }, { repeatable: true, dryRun }));
    },
    deleteComment: ({ org, repo, commentId }) => ask.remove('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { owner: org, repo, comment_id: commentId }),
    reactToComment: async ({ org, repo, commentId, content }) => {
      const route = 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
      await ask.write(route, { owner: org, repo, comment_id: commentId, content }, { repeatable: true, dryRun: undefined });
    },
    reactToIssue: async ({ org, repo, number, content }) => {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/reactions';
      await ask.write(route, { owner: org, repo, issue_number: number, content }, { repeatable: true, dryRun: undefined });
    },
  };
}
