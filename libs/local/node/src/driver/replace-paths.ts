/**
 * Replaces whole paths in a text: `/logs` in `--out=/logs/x` and `"/logs"`, but neither in `/var/logs` nor `/logs2`.
 * Where several match at one place the longest wins; what was put in is not looked at again.
 */
export function replacePaths(text: string, paths: ReadonlyMap<string, string>): string {
  if (!text.includes('/')) return text;
  const ordered = [...paths].sort(([a], [b]) => b.length - a.length);
  let result = '';
  let rest = 0;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at)) {
    const match = at > 0 && isPathCharacter(text.charAt(at - 1)) ? undefined : ordered.find(([path]) => startsPath(text, at, path));
    if (match === undefined) {
      at += 1;
      continue;
    }
    result += text.slice(rest, at) + match[1];
    at += match[0].length;
    rest = at;
  }
  return result + text.slice(rest);
}

function startsPath(text: string, at: number, path: string): boolean {
  if (!text.startsWith(path, at)) return false;
  const next = text.charAt(at + path.length);
  return next === '' || next === '/' || !isPathCharacter(next);
}

/** Of a path's inside. Not `:` and `=`, which separate paths; `.` ends sentences but also starts names (`/logs.d`). */
function isPathCharacter(character: string): boolean {
  return /[\w./~@+%-]/.test(character);
}
