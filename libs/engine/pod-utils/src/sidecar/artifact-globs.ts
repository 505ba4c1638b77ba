// Which artifacts are censored. upstream: pkg/sidecar/censor.go with go-zglob
import type { CensoringOptions } from './options.ts';

/** Whether a file, named from the artifacts folder, is to be censored: not excluded, and included if anything is. */
export function includes(name: string, { includeDirectories, excludeDirectories }: Pick<CensoringOptions, 'includeDirectories' | 'excludeDirectories'>): boolean {
  if (excludeDirectories.some((glob) => matches(glob, name))) return false;
  return includeDirectories.length === 0 || includeDirectories.some((glob) => matches(glob, name));
}

/** `*` and `?` stay within an element, `**` stands for any number of them; a folder's match holds for all below it. */
function matches(glob: string, name: string): boolean {
  const patterns = glob.split('/').filter((element) => element !== '' && element !== '.');
  const elements = name.split('/');
  // Ends of the part of the name that the patterns so far may cover: their number, not their product, bounds the work.
  let ends = new Set([0]);
  for (const pattern of patterns) {
    const next = new Set<number>();
    for (const end of ends) {
      if (pattern === '**') for (let at = end; at <= elements.length; at += 1) next.add(at);
      else if (end < elements.length && matchesElement(pattern, elements[end] ?? '')) next.add(end + 1);
    }
    ends = next;
  }
  return ends.size > 0;
}

function matchesElement(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let afterStar = 0;
  while (at < text.length) {
    const symbol = pattern[inPattern];
    if (symbol === '*') {
      star = inPattern;
      inPattern += 1;
      afterStar = at;
    } else if (symbol === '?' || symbol === text[at]) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      afterStar += 1;
      at = afterStar;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
