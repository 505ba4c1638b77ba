// REST answers have the shape of payloads: one reader for both.
import type { EventIssue, EventPullRequest } from './event-types.ts';
import { readIssue, readPullRequest } from './parse-parts.ts';
import { PayloadReader } from './payload-reader.ts';

/** A pull request as GitHub's REST API tells it. */
export function pullRequestFromApi(answer: unknown): EventPullRequest {
  return readPullRequest(new PayloadReader(answer, 'pull request'));
}

/** An issue as GitHub's REST API tells it. */
export function issueFromApi(answer: unknown): EventIssue {
  return readIssue(new PayloadReader(answer, 'issue'));
}
