// Which statuses of a pull request count. upstream: pkg/config/tide.go, TideContextPolicy
import { compileRegex } from '@prow/base-regex';
import type { TideContextPolicy } from '@prow/model-config';
import type { StatusContext } from './types.ts';

/** Tide's own status: never looked at. */
export const tideContext = 'tide';

/** As configuration gives it for one branch, jobs and branch protection included. */
export type ContextPolicy = TideContextPolicy;

export function isOptional(policy: ContextPolicy, context: string): boolean {
  if (policy['optional-contexts']?.includes(context) === true) return true;
  if (policy['required-contexts']?.includes(context) === true || policy['required-if-present-contexts']?.includes(context) === true) return false;
  return (policy['optional-regex-contexts'] ?? []).some((source) => compileRegex(source).test(context)) || policy['skip-unknown-contexts'] === true;
}

/** Required contexts that are not green; those nobody has reported yet are 'pending' with `isAbsent`. */
export function unsuccessfulContexts(policy: ContextPolicy, contexts: readonly StatusContext[]): (StatusContext & { isAbsent?: true })[] {
  const present = new Set(contexts.map(({ context }) => context));
  const bad = contexts.filter(({ context, state }) => context !== tideContext && state !== 'success' && !isOptional(policy, context));
  const absent = (policy['required-contexts'] ?? []).filter((context) => !present.has(context)).map((context) => ({ context, state: 'pending' as const, description: '', isAbsent: true as const }));
  return [...bad, ...absent];
}
