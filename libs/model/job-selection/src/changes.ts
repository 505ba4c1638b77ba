// Which changed files make a job run. upstream: RegexpChangeMatcher in pkg/config/jobs.go
import { compileRegex } from '@prow/base-regex';
import type { RegexpChangeMatcher } from '@prow/model-prowjob';

/** Names of changed files; may be asked of GitHub only when a job needs them. */
export type ChangedFiles = readonly string[] | (() => Promise<readonly string[]>);

/** The first file that makes a job run, if any. Without changed files, none does. */
export function decisiveFile(matcher: RegexpChangeMatcher, files: readonly string[]): string | undefined {
  const { run_if_changed: runIfChanged = '', skip_if_only_changed: skipIfOnlyChanged = '' } = matcher;
  if (runIfChanged !== '') {
    const regex = compileRegex(runIfChanged);
    return files.find((file) => regex.test(file));
  }
  if (skipIfOnlyChanged === '') return undefined;
  const regex = compileRegex(skipIfOnlyChanged);
  return files.find((file) => !regex.test(file));
}

export function hasChangeMatcher(matcher: RegexpChangeMatcher): boolean {
  return (matcher.run_if_changed ?? '') !== '' || (matcher.skip_if_only_changed ?? '') !== '';
}
