import type { GitHubClient, IssueName } from '@prow/clients-github';

/** Paths a pull request touches: of a renamed file, where it was, too. */
export async function changedPaths(github: Pick<GitHubClient, 'listChangedFiles'>, { org, repo, number }: IssueName): Promise<string[]> {
  const files = await github.listChangedFiles({ org, repo, number });
  const isMoved = (status: string): boolean => status === 'renamed';
  return [...new Set(files.flatMap((file) => (isMoved(file.status) && file.previous_filename ? [file.filename, file.previous_filename] : [file.filename])))];
}
