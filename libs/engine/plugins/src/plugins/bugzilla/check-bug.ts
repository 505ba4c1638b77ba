import type { Bug } from '@prow/clients-services';
import type { BugOptions, BugState } from './options.ts';

/** `CLOSED (ERRATA)` */
export function stateText({ status = '', resolution = '' }: { status?: string | undefined; resolution?: string | undefined }): string {
  if (status === '') return resolution === '' ? 'any state' : `any status with resolution ${resolution}`;
  return resolution === '' ? status : `${status} (${resolution})`;
}

/** What a state leaves open fits. upstream: BugzillaBugState.Matches */
export function isInState(bug: Pick<Bug, 'status' | 'resolution'>, { status, resolution }: BugState): boolean {
  return (!status || status === bug.status) && (!resolution || resolution === bug.resolution);
}

/** What has to change for a bug to be in a state; undefined: nothing. */
export function changeToState(bug: Pick<Bug, 'status' | 'resolution'>, state: BugState): { status?: string; resolution?: string } | undefined {
  const change = { ...(state.status && state.status !== bug.status ? { status: state.status } : {}), ...(state.resolution && state.resolution !== bug.resolution ? { resolution: state.resolution } : {}) };
  return Object.keys(change).length === 0 ? undefined : change;
}

export interface Check {
  readonly isPassed: boolean;
  /** A sentence for people. */
  readonly text: string;
}

/** Everything that is asked of a bug, and whether it is so. */
export function checkBug(bug: Bug, dependents: readonly Bug[], options: BugOptions): Check[] {
  const checks: Check[] = [];
  const add = (isPassed: boolean, text: string): void => void checks.push({ isPassed, text });
  if (options.is_open !== undefined && options.is_open !== null) add(bug.isOpen === options.is_open, `the bug must ${options.is_open ? '' : 'not '}be open: it is ${bug.isOpen ? 'open' : 'not open'}`);
  if (options.target_release) add(bug.targetReleases[0] === options.target_release, `the bug must target the release ${options.target_release}: it targets ${bug.targetReleases[0] ?? 'none'}`);
  if (options.valid_states) {
    const allowed = [...options.valid_states, ...(options.state_after_validation ? [options.state_after_validation] : [])];
    add(allowed.some((state) => isInState(bug, state)), `the bug must be in one of the states ${allowed.map(stateText).join(', ')}: it is ${stateText(bug)}`);
  }
  const { dependent_bug_states: states, dependent_bug_target_releases: releases } = options;
  if ((states || releases) && dependents.length === 0) add(false, 'the bug must depend on another one: it depends on none');
  for (const dependent of dependents) {
    if (states) add(states.some((state) => isInState(dependent, state)), `bug ${dependent.id}, which it depends on, must be in one of the states ${states.map(stateText).join(', ')}: it is ${stateText(dependent)}`);
    if (releases) add(releases.includes(dependent.targetReleases[0] ?? ''), `bug ${dependent.id}, which it depends on, must target one of ${releases.join(', ')}: it targets ${dependent.targetReleases[0] ?? 'none'}`);
  }
  return checks;
}
