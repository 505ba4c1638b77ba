// junit XML → tests. upstream: pkg/spyglass/lenses/junit
import { XMLParser } from 'fast-xml-parser';
import type { TestCaseSummary } from '@prow/model-deck-api';

const maxMessageLength = 20_000;
const maxDepth = 32;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  // Only the five entities XML itself has: nothing a document defines is ever expanded.
  processEntities: false,
  htmlEntities: false,
});

type Node = Record<string, unknown>;

function nodes(value: unknown): Node[] {
  return (Array.isArray(value) ? value : [value]).filter((item): item is Node => typeof item === 'object' && item !== null);
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#10;', '\n')
    .replaceAll('&#xA;', '\n')
    .replaceAll('&amp;', '&');
}

function attribute(node: Node, name: string): string {
  const value = node[`@${name}`];
  return typeof value === 'string' ? unescape(value) : '';
}

/** Text of a `<failure>` and the like: present as an object, a string, or several of either. */
function textOf(value: unknown): string {
  const parts = (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === 'string') return unescape(item);
    if (typeof item !== 'object' || item === null) return '';
    const text = (item as Node)['#text'];
    return [attribute(item as Node, 'message'), typeof text === 'string' ? unescape(text) : ''].filter((part) => part !== '').join('\n');
  });
  return parts.join('\n').slice(0, maxMessageLength);
}

function caseOf(node: Node, suite: string): TestCaseSummary {
  const seconds = Number(attribute(node, 'time').replaceAll(',', ''));
  const failure = node['failure'] ?? node['error'];
  const result = failure !== undefined ? 'failed' : node['skipped'] !== undefined ? 'skipped' : 'passed';
  const message = failure !== undefined ? textOf(failure) : textOf(node['skipped']);
  const className = attribute(node, 'classname');
  return {
    suite: [suite, className].filter((part, at, all) => part !== '' && all.indexOf(part) === at).join(' / '),
    name: attribute(node, 'name'),
    seconds: Number.isFinite(seconds) ? seconds : 0,
    result,
    ...(message === '' ? {} : { message }),
  };
}

function walk(suite: Node, cases: TestCaseSummary[], depth: number): void {
  if (depth > maxDepth) return;
  const name = attribute(suite, 'name');
  for (const node of nodes(suite['testcase'])) cases.push(caseOf(node, name));
  for (const inner of nodes(suite['testsuite'])) walk(inner, cases, depth + 1);
}

/**
 * The cases of one file, in its order.
 * @throws Error the text is not XML, or has neither `<testsuites>` nor `<testsuite>`
 */
export function parseJunit(xml: string): TestCaseSummary[] {
  const document = parser.parse(xml, true) as Node;
  const roots = [...nodes(document['testsuites']), ...nodes(document['testsuite'])];
  if (roots.length === 0 && document['testsuites'] === undefined && document['testsuite'] === undefined) throw new Error('found no <testsuites> or <testsuite>');
  const cases: TestCaseSummary[] = [];
  for (const root of roots) walk(root, cases, 0);
  return cases;
}

/** One entry a test: one that both failed and passed in this run is flaky. Failed and flaky first. */
export function mergeCases(cases: readonly TestCaseSummary[]): TestCaseSummary[] {
  const byName = new Map<string, TestCaseSummary>();
  for (const found of cases) {
    const key = `${found.suite}\0${found.name}`;
    const before = byName.get(key);
    if (before === undefined) byName.set(key, found);
    else if (before.result !== found.result && [before.result, found.result].every((result) => result !== 'skipped')) {
      const failed = before.result === 'passed' ? found : before;
      byName.set(key, { ...failed, result: 'flaky' });
    } else if (before.result === 'skipped') byName.set(key, found);
  }
  const rank = { failed: 0, flaky: 1, passed: 2, skipped: 3 };
  return [...byName.values()].toSorted((a, b) => rank[a.result] - rank[b.result]);
}
