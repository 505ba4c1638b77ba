// Open pull requests follow the configuration of jobs.
export { StatusReconciler } from './status-reconciler.ts';
export type { SavedJobs, StatusReconcilerOptions } from './status-reconciler.ts';
export { compareJobs } from './compare-jobs.ts';
export type { Presubmits, RepoChanges } from './compare-jobs.ts';
export { reconcileRepo } from './reconcile-repo.ts';
export type { ReconcileOptions } from './reconcile-repo.ts';
