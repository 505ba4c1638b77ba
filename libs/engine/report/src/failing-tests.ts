// Names of failing tests from JUnit files: bounded, and forgiving, for jobs write what they like.

export interface FailingTest {
  /** `suite › name`, or the name alone. */
  name: string;
  message: string;
  file?: string;
  line?: number;
}

const maxTests = 200;
const maxMessageLength = 500;
const maxTags = 500_000;

/** Testcases with a failure or an error, in the file's order; at most 200. Never throws. */
export function failingTests(xml: string): FailingTest[] {
  const tests: FailingTest[] = [];
  let current: FailingTest | undefined;
  let position = 0;
  for (let count = 0; count < maxTags && tests.length < maxTests; count += 1) {
    const tag = nextTag(xml, position);
    if (tag === undefined) break;
    position = tag.end;
    if (tag.name === 'testcase') current = tag.isSelfClosing ? undefined : testOf(tag.attributes);
    else if (tag.name === '/testcase') current = undefined;
    else if ((tag.name === 'failure' || tag.name === 'error') && current !== undefined) {
      const text = tag.isSelfClosing ? '' : textUntilTag(xml, position);
      tests.push({ ...current, message: (attribute(tag.attributes, 'message') ?? text).trim().slice(0, maxMessageLength) });
      current = undefined;
    }
  }
  return tests;
}

interface Tag {
  name: string;
  attributes: string;
  isSelfClosing: boolean;
  end: number;
}

function nextTag(xml: string, from: number): Tag | undefined {
  for (let open = xml.indexOf('<', from); open >= 0; open = xml.indexOf('<', open + 1)) {
    if (xml.startsWith('<![CDATA[', open)) {
      const close = xml.indexOf(']]>', open);
      if (close < 0) return undefined;
      open = close;
      continue;
    }
    const close = tagEnd(xml, open);
    if (close < 0) return undefined;
    const body = xml.slice(open + 1, close);
    const name = /^\/?[A-Za-z][\w.-]*/.exec(body)?.[0];
    if (name === undefined) continue;
    return { name, attributes: body.slice(name.length), isSelfClosing: body.endsWith('/'), end: close + 1 };
  }
  return undefined;
}

// A `>` inside quotes does not end a tag.
function tagEnd(xml: string, open: number): number {
  let quote = '';
  for (let index = open + 1; index < xml.length; index += 1) {
    const character = xml[index] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return index;
  }
  return -1;
}

function textUntilTag(xml: string, from: number): string {
  if (xml.startsWith('<![CDATA[', from)) {
    const close = xml.indexOf(']]>', from);
    return xml.slice(from + '<![CDATA['.length, close < 0 ? undefined : close);
  }
  const next = xml.indexOf('<', from);
  return decodeEntities(xml.slice(from, next < 0 ? undefined : next).slice(0, 4 * maxMessageLength));
}

function testOf(attributes: string): FailingTest {
  const name = attribute(attributes, 'name') ?? 'unnamed';
  const suite = attribute(attributes, 'classname') ?? '';
  const file = attribute(attributes, 'file');
  const line = Number(attribute(attributes, 'line'));
  return {
    name: suite === '' ? name : `${suite} › ${name}`,
    message: '',
    ...(file === undefined || file === '' ? {} : { file }),
    ...(Number.isInteger(line) && line > 0 ? { line } : {}),
  };
}

const attributePattern = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

function attribute(attributes: string, wanted: string): string | undefined {
  for (const [, name, double, single] of attributes.matchAll(attributePattern)) if (name === wanted) return decodeEntities(double ?? single ?? '');
  return undefined;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return entities[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
