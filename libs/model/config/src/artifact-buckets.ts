// Where jobs store their artifacts: all that deck reads, and the only folders that crier writes.
// upstream: cmd/deck/main.go, validateStoragePath's known buckets
import type { ProwConfig } from './prow-config.ts';
import { decorationEntries } from './sections/plank.ts';

/** Bucket settings as configured: `gs://x`, `s3://x/path`, `file:///folder`; each once. */
export function artifactBuckets(config: ProwConfig): string[] {
  const ofDefaults = decorationEntries(config.plank).map(({ config: decoration }) => decoration?.gcs_configuration?.bucket);
  const jobs = [...Object.values(config.presubmits).flat(), ...Object.values(config.postsubmits).flat(), ...config.periodics];
  const ofJobs = jobs.map(({ decoration_config: decoration }) => decoration?.gcs_configuration?.bucket);
  return [...new Set([...ofDefaults, ...ofJobs, ...(config.deck.additional_allowed_buckets ?? [])].filter((bucket): bucket is string => bucket !== undefined && bucket !== ''))];
}
