/**
 * Replaces `$(NAME)` by what `lookup` knows; unknown references stay as they are, `$$` is one `$` that starts none.
 * upstream: third_party/forked/golang/expansion/expand.go
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  let result = '';
  let rest = 0;
  for (let at = text.indexOf('$'); at >= 0 && at + 1 < text.length; at = text.indexOf('$', rest)) {
    result += text.slice(rest, at);
    const next = text.charAt(at + 1);
    if (next === '$') {
      result += '$';
      rest = at + 2;
      continue;
    }
    const end = next === '(' ? text.indexOf(')', at + 2) : -1;
    if (end < 0) {
      result += `$${next}`;
      rest = at + 2;
      continue;
    }
    result += lookup(text.slice(at + 2, end)) ?? text.slice(at, end + 1);
    rest = end + 1;
  }
  return result + text.slice(rest);
}
