export type * from './api.ts';
export { GitHubError, MergeRefusedError } from './github-error.ts';
export type { GraphQlProblem, MergeRefusal } from './github-error.ts';
