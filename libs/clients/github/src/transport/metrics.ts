/** What is counted about calls to GitHub. The app that embeds the client connects it to its registry. */
export interface RequestMetrics {
  /** One attempt: `route` is the template (`GET /repos/{owner}/{repo}`); `outcome` the status, '304', or 'unreachable'. */
  onRequest(call: { route: string; outcome: string; durationMs: number; fromCache: boolean }): void;
  /** The budget as an answer's headers told it. */
  onBudget(budget: { resource: string; remaining: number; resetsAt: number }): void;
}

export const noMetrics: RequestMetrics = { onRequest: () => {}, onBudget: () => {} };
