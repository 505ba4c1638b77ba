// Which files are generated, and so do not count: `.generated_files` of the repository and `linguist-generated` of
// .gitattributes. upstream: pkg/genfiles, pkg/gitattributes
import { compileRegex, type Regex } from '@prow/base-regex';

export type IsGenerated = (path: string) => boolean;

/** Lines of .generated_files: `KEY VALUE`, `#` comments; `paths-from-repo` names files that list paths. */
export interface GeneratedRules {
  readonly isGenerated: IsGenerated;
  readonly pathsFrom: readonly string[];
}

export function parseGeneratedFiles(text: string): GeneratedRules {
  const tests: IsGenerated[] = [];
  const pathsFrom: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [key, value] = line.replace(/^#.*/, '').trim().split(/\s+/);
    if (key === undefined || value === undefined) continue;
    if (key === 'prefix' || key === 'path-prefix') tests.push((path) => path.startsWith(value));
    else if (key === 'file-prefix') tests.push((path) => baseName(path).startsWith(value));
    else if (key === 'file-name') tests.push((path) => baseName(path) === value);
    else if (key === 'path') tests.push((path) => path === value);
    else if (key === 'paths-from-repo') pathsFrom.push(value);
  }
  return { isGenerated: (path) => tests.some((test) => test(path)), pathsFrom };
}

/** A file that lists generated paths, one a line. */
export function parsePathList(text: string): IsGenerated {
  const paths = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  return (path) => paths.has(path);
}

/** Later lines win, as in git. Patterns without a slash match the file's name in any folder. */
export function parseGitAttributes(text: string): IsGenerated {
  const rules: { regex: Regex; isGenerated: boolean }[] = [];
  for (const line of text.split(/\r?\n/).slice(0, 10_000)) {
    const [pattern, ...attributes] = line.trim().split(/\s+/);
    if (pattern === undefined || pattern === '' || pattern.startsWith('#')) continue;
    for (const attribute of attributes) {
      if (attribute === 'linguist-generated' || attribute === 'linguist-generated=true') rules.push({ regex: globRegex(pattern), isGenerated: true });
      else if (attribute === '-linguist-generated' || attribute === 'linguist-generated=false') rules.push({ regex: globRegex(pattern), isGenerated: false });
    }
  }
  return (path) => {
    let isGenerated = false;
    for (const rule of rules) if (rule.regex.test(path)) isGenerated = rule.isGenerated;
    return isGenerated;
  };
}

/** gitattributes' wildcards as a regular expression over the path from the root. */
function globRegex(pattern: string): Regex {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const glob = pattern.replace(/^\//, '');
  let source = '';
  for (let index = 0; index < glob.length; index += 1) {
    if (glob.startsWith('**/', index)) {
      source += '(?:.*/)?';
      index += 2;
    } else if (glob.startsWith('**', index)) {
      source += '.*';
      index += 1;
    } else if (glob[index] === '*') source += '[^/]*';
    else if (glob[index] === '?') source += '[^/]';
    else source += (glob[index] ?? '').replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return compileRegex(`^${anchored ? '' : '(?:.*/)?'}${source}$`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
