import type { ProwJob, ProwJobState } from '@prow/model-prowjob';

/** What became of one job's report. */
export type ReportOutcome =
  /** Delivered, or never to be delivered (GitHub does not know the commit any more): not tried again. */
  | { kind: 'reported' }
  /** Not yet: asked again after this time. */
  | { kind: 'later'; afterMs: number }
  /** Tried again with growing waits. */
  | { kind: 'failed'; error: unknown };

/**
 * Tells one outside party of the states of ProwJobs. The controller calls it until every state is delivered, and notes
 * deliveries in `status.prev_report_states[name]`.
 */
export interface Reporter {
  /** Key in `prev_report_states`; upstream's names, so that an installation can move over. */
  readonly name: string;
  /** Calls for jobs of one key never overlap; jobs of one key that are due at the same time come in one call. */
  keyOf(prowJob: ProwJob): string;
  /** Whether the job's present state is to be reported at all. Pure, cheap: asked for every change of every job. */
  shouldReport(prowJob: ProwJob): boolean;
  /**
   * Reports the given states. At least once: after a crash the same state may come again.
   * @returns an outcome for every job by its name; a job without one counts as failed
   * Rejecting means that nothing is known to be reported.
   * @param mayTell to be asked before each call that changes something: false once another replica may report, whose
   *   newer states must not be overwritten
   */
  report(prowJobs: readonly ProwJob[], signal: AbortSignal, mayTell: () => boolean): Promise<ReadonlyMap<string, ReportOutcome>>;
}

/** The state that is due for reporting: absent counts as triggered. */
export function stateOf(prowJob: ProwJob): ProwJobState {
  return prowJob.status.state ?? 'triggered';
}
