// Where a repository is cloned to. upstream: pkg/pod-utils/clone/clone.go, PathForRefs
import type { Refs } from '@prow/model-prowjob';

/** Path below `src/` that names the repository: path alias, else link without scheme, else `github.com/org/repo`. */
export function importPath(refs: Pick<Refs, 'org' | 'repo' | 'repo_link' | 'path_alias'>): string {
  if (refs.path_alias !== undefined && refs.path_alias !== '') return refs.path_alias;
  if (refs.repo_link !== undefined && refs.repo_link !== '') return refs.repo_link.split('://').at(-1) ?? '';
  return `github.com/${refs.org}/${refs.repo}`;
}

/** `<root>/src/<import path>`; `..` elements are resolved, as upstream does. */
export function clonePath(root: string, refs: Pick<Refs, 'org' | 'repo' | 'repo_link' | 'path_alias'>): string {
  const resolved: string[] = [];
  for (const element of `${root}/src/${importPath(refs)}`.split('/')) {
    if (element === '..') resolved.pop();
    else if (element !== '' && element !== '.') resolved.push(element);
  }
  return `${root.startsWith('/') ? '/' : ''}${resolved.join('/')}`;
}
