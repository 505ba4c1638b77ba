// OWNERS and OWNERS_ALIASES as data. upstream: pkg/repoowners/repoowners.go
import { messageOf, ProwError } from '@prow/base-errors';
import { compileRegex, type Regex } from '@prow/base-regex';
import { CORE_SCHEMA, load } from 'js-yaml';

/** Lists that apply to the files a pattern matches, the path being relative to the OWNERS file's folder. */
export interface OwnersRule {
  /** Undefined: all files. */
  readonly pattern: Regex | undefined;
  readonly approvers: readonly string[];
  readonly reviewers: readonly string[];
  readonly requiredReviewers: readonly string[];
  readonly labels: readonly string[];
}

export interface OwnersFile {
  readonly isNoParentOwners: boolean;
  readonly isAutoApproveUnownedSubfolders: boolean;
  readonly rules: readonly OwnersRule[];
}

/** Alias, in lower case → logins. */
export type OwnersAliases = ReadonlyMap<string, readonly string[]>;

const maxBytes = 1024 * 1024;
const maxEntries = 10_000;

/**
 * Reads an OWNERS file: a simple one (lists at the top), else a full one (`filters`).
 * Throws PROW_OWNERS_SYNTAX naming the field, what was expected and what was found.
 */
export function parseOwners(text: string, aliases: OwnersAliases): OwnersFile {
  const root = readMapping(readYaml(text), 'the file');
  const options = root['options'] === undefined || root['options'] === null ? {} : readMapping(root['options'], 'options');
  const simple = readRule(root, undefined, '', aliases);
  const hasSimple = [simple.approvers, simple.reviewers, simple.requiredReviewers, simple.labels].some((list) => list.length > 0);
  const filters = root['filters'] === undefined || root['filters'] === null ? {} : readMapping(root['filters'], 'filters');
  const rules = hasSimple
    ? [simple]
    : Object.entries(filters).map(([pattern, lists]) => {
        const path = `filters.${pattern}`;
        return readRule(readMapping(lists, path), pattern === '.*' ? undefined : compileRegex(pattern), `${path}.`, aliases);
      });
  return {
    isNoParentOwners: readBoolean(options, 'no_parent_owners'),
    isAutoApproveUnownedSubfolders: readBoolean(options, 'auto_approve_unowned_subfolders'),
    rules,
  };
}

export function parseOwnersAliases(text: string): OwnersAliases {
  const root = readMapping(readYaml(text), 'the file');
  const aliases = root['aliases'] === undefined || root['aliases'] === null ? {} : readMapping(root['aliases'], 'aliases');
  return new Map(Object.entries(aliases).map(([name, logins]) => [name.toLowerCase(), readList(logins, `aliases.${name}`).map(normaliseLogin)]));
}

/** The OWNERS part at the top of a Markdown file; undefined when it has none. */
export function frontMatter(markdown: string): string | undefined {
  return /^---\r?\n([\s\S]*?)\r?\n---\s*(\r?\n|$)/.exec(markdown.slice(0, maxBytes))?.[1];
}

/** Logins are compared without case and without a leading `@`. */
export function normaliseLogin(login: string): string {
  return login.trim().replace(/^@/, '').toLowerCase();
}

function readRule(lists: Readonly<Record<string, unknown>>, pattern: Regex | undefined, at: string, aliases: OwnersAliases): OwnersRule {
  const people = (key: string): string[] => {
    const logins = readList(lists[key], `${at}${key}`).map(normaliseLogin);
    return [...new Set(logins.flatMap((login) => aliases.get(login) ?? [login]))];
  };
  return {
    pattern,
    approvers: people('approvers'),
    reviewers: people('reviewers'),
    requiredReviewers: people('required_reviewers'),
    labels: readList(lists['labels'], `${at}labels`),
  };
}

function readYaml(text: string): unknown {
  if (text.length > maxBytes) throw syntaxError('the file', `at most ${maxBytes} bytes`, `${text.length}`);
  try {
    return load(text, { schema: CORE_SCHEMA }) ?? {};
  } catch (error) {
    throw new ProwError('PROW_OWNERS_SYNTAX', `not valid YAML: ${messageOf(error)}`, { cause: error });
  }
}

function readMapping(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntaxError(path, 'a mapping', describe(value));
  return value as Record<string, unknown>;
}

function readList(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw syntaxError(path, 'a list', describe(value));
  if (value.length > maxEntries) throw syntaxError(path, `at most ${maxEntries} entries`, `${value.length}`);
  return value.map((item: unknown, index) => {
    // A login may look like a number or a boolean to YAML.
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw syntaxError(`${path}[${index}]`, 'a name', describe(item));
  });
}

function readBoolean(holder: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = holder[key];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw syntaxError(`options.${key}`, 'true or false', describe(value));
  return value;
}

function describe(value: unknown): string {
  return value === null ? 'nothing' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function syntaxError(path: string, expected: string, found: string): ProwError {
  return new ProwError('PROW_OWNERS_SYNTAX', `${path}: expected ${expected}, found ${found}`, { details: { path, expected, found } });
}
