// Which jobs an event or a comment asks for. upstream: pkg/pjutil/filter.go
import { compileRegex } from '@prow/base-regex';
import type { Presubmit } from '@prow/model-prowjob';
import { needsExplicitTrigger } from '@prow/model-prowjob';

/** A filter's word on a job. `forced`: run whatever files changed; `defaultRun`: run where no file decides. */
export interface FilterDecision {
  readonly selected: boolean;
  readonly forced: boolean;
  readonly defaultRun: boolean;
  /** Why, for people: completes "the job …". */
  readonly reason: string;
}

export interface PresubmitFilter {
  readonly name: string;
  decide(job: Presubmit): FilterDecision;
}

const testAll = compileRegex('(?m)^/test all,?($|\\s.*)');
const retest = compileRegex('(?m)^/retest\\s*$');
const retestRequired = compileRegex('(?m)^/retest-required\\s*$');
const testManualRequired = compileRegex('(?m)^/test-manual-required\\s*$');
const okToTest = compileRegex('(?m)^/ok-to-test\\s*$');

const notSelected = (reason: string): FilterDecision => ({ selected: false, forced: false, defaultRun: false, reason });

/** Jobs whose own trigger matches the comment. */
export function commandFilter(body: string): PresubmitFilter {
  return {
    name: 'its trigger',
    decide: (job) => (triggerMatches(job, body)
      ? { selected: true, forced: true, defaultRun: true, reason: 'was asked for by name' }
      : notSelected('is not named in the comment')),
  };
}

// The default trigger is known without the engine: thousands of jobs have it, and each would be compiled.
function triggerMatches(job: Presubmit, body: string): boolean {
  if (job.trigger === '') return false;
  if (job.trigger === defaultTriggerFor(job.name) && !body.includes(job.name)) return false;
  return compileRegex(job.trigger).test(body);
}

/** The comment that starts a job with no trigger of its own. upstream: DefaultTriggerFor */
export function defaultTriggerFor(name: string): string {
  return `(?m)^/test( | .* )${name},?($|\\s.*)`;
}

/** upstream: DefaultRerunCommandFor */
export function defaultRerunCommandFor(name: string): string {
  return `/test ${name}`;
}

/** All jobs that run by themselves: opened, pushed to, `/test all`, `/ok-to-test`. */
export const testAllFilter: PresubmitFilter = {
  name: '/test all',
  decide: (job) => (needsExplicitTrigger(job)
    ? notSelected('runs only when asked for by name')
    : { selected: true, forced: false, defaultRun: false, reason: 'runs by itself' }),
};

/** Jobs whose status failed, and those that run by themselves but never did. */
export function retestFilter(failedContexts: ReadonlySet<string>, allContexts: ReadonlySet<string>): PresubmitFilter {
  return {
    name: '/retest',
    decide: (job) => {
      const context = job.context ?? '';
      const failed = failedContexts.has(context);
      if (failed) return { selected: true, forced: false, defaultRun: true, reason: 'failed before' };
      if (!needsExplicitTrigger(job) && !allContexts.has(context)) return { selected: true, forced: false, defaultRun: false, reason: 'has no status yet' };
      return notSelected(needsExplicitTrigger(job) ? 'did not fail, and runs only when asked for by name' : 'did not fail');
    },
  };
}

/** As /retest, without optional jobs. */
export function retestRequiredFilter(failedContexts: ReadonlySet<string>, allContexts: ReadonlySet<string>): PresubmitFilter {
  const all = retestFilter(failedContexts, allContexts);
  return {
    name: '/retest-required',
    decide: (job) => (job.optional === true ? notSelected('is optional') : all.decide(job)),
  };
}

/** Required jobs that run only when asked for. */
export const manualRequiredFilter: PresubmitFilter = {
  name: '/test-manual-required',
  decide: (job) => {
    if (job.optional === true) return notSelected('is optional');
    if (!needsExplicitTrigger(job)) return notSelected('runs by itself');
    return { selected: true, forced: true, defaultRun: false, reason: 'is required and runs only when asked for' };
  },
};

/** The first filter that selects a job decides on it. */
export function anyFilter(filters: readonly PresubmitFilter[]): PresubmitFilter {
  return {
    name: filters.map((filter) => filter.name).join(', '),
    decide: (job) => {
      let last = notSelected('is not asked for');
      for (const filter of filters) {
        const decision = filter.decide(job);
        if (decision.selected) return decision;
        last = decision;
      }
      return last;
    },
  };
}

export interface CommentContexts {
  /** Contexts whose status is error or failure. */
  failedContexts: ReadonlySet<string>;
  /** Contexts that have any status. */
  allContexts: ReadonlySet<string>;
}

/**
 * The filter a comment stands for; undefined contexts count as none. `honorOkToTest`: `/ok-to-test` in it runs all.
 * upstream: pjutil.PresubmitFilter
 */
export function commentFilter(body: string, options: { honorOkToTest: boolean } & Partial<CommentContexts>): PresubmitFilter {
  const failed = options.failedContexts ?? new Set<string>();
  const all = options.allContexts ?? new Set<string>();
  const filters: PresubmitFilter[] = [commandFilter(body)];
  if (retest.test(body)) filters.push(retestFilter(failed, all));
  if (retestRequired.test(body)) filters.push(retestRequiredFilter(failed, all));
  if (testManualRequired.test(body)) filters.push(manualRequiredFilter);
  if ((options.honorOkToTest && okToTest.test(body)) || testAll.test(body)) filters.push(testAllFilter);
  return anyFilter(filters);
}

/** Whether a comment needs the pull request's contexts to be read. */
export function needsContexts(body: string): boolean {
  return retest.test(body) || retestRequired.test(body);
}
