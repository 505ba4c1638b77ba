import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { messageOf, ProwError } from '@prow/base-errors';
import { asGo, goAny, goBool, goFloat, goInt, goMap, goPointer, goSlice, goString, goStringType, goTime, parseTemplate, type FieldType, type GoType } from './index.ts';

const fields: FieldType[] = [];
const innerType: GoType = { kind: 'struct', name: 'main.Inner', fields };
for (const [name, type] of Object.entries<GoType>({
  Name: goString,
  Count: goInt,
  Tags: goSlice(goString),
  Map: goMap(goString),
  Ptr: goPointer(innerType),
  When: goTime,
  F: goFloat,
  B: goBool,
  State: goStringType('main.State'),
  Any: goMap(goAny),
  Subs: goSlice(innerType),
})) fields.push({ name, key: name, type });

interface Answer {
  template: string;
  output?: string;
  parseError?: string;
  execError?: string;
}

const here = (name: string): string => readFileSync(new URL(`testing/${name}`, import.meta.url), 'utf8');

describe('what Go 1.26 answered on the struct of testing/go-data.json', () => {
  const data = asGo(JSON.parse(here('go-data.json')), goPointer(innerType));
  const lines = here('go-answers.jsonl').trim().split('\n').map((line) => JSON.parse(line) as Answer);

  test.each(lines.map((line) => [line.template, line] as const))('%s', (template, line) => {
    let answer: Answer;
    try {
      answer = { template, output: parseTemplate(template).execute(data) };
    } catch (error) {
      if (!(error instanceof ProwError)) throw error;
      answer = { template, [error.code === 'PROW_TEMPLATE_SYNTAX' ? 'parseError' : 'execError']: error.message };
    }
    expect(answer).toEqual(line);
  });
});

describe('plain JavaScript data', () => {
  const render = (text: string, data: unknown): string => parseTemplate(text).execute(data);

  test('objects are maps, whole numbers ints, absent keys no value', () => {
    expect(render('{{.a}} {{.b.c}} {{index .l 1}} {{.nope}} {{range $k, $v := .m}}{{$k}}={{$v}};{{end}}', { a: 1, b: { c: 'x' }, l: [1, 2.5], m: { z: true, a: null } })).toBe('1 x 2.5 <no value> a=<no value>;z=true;');
  });

  test('inherited properties are not data', () => {
    expect(render('{{.constructor}} {{.__proto__}} {{.toString}}', {})).toBe('<no value> <no value> <no value>');
  });

  test('own functions', () => {
    const template = parseTemplate('{{upper .name | printf "%s!"}} {{add 1 2}}', { funcs: { upper: (text) => String(text).toUpperCase(), add: (a, b) => Number(a) + Number(b) } });
    expect(template.execute({ name: 'x' })).toBe('X! 3');
    expect(() => parseTemplate('{{fail}}', { funcs: { fail: () => { throw new Error('no'); } } }).execute({})).toThrow('error calling fail: no');
  });
});

describe('bounds', () => {
  const codeOf = (text: string, data: unknown = {}, options = {}): string => {
    try {
      return parseTemplate(text, options).execute(data);
    } catch (error) {
      return error instanceof ProwError ? error.code : messageOf(error);
    }
  };

  test.each([
    ['a template that calls itself', '{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}'],
    ['a text that doubles', `{{$x := "0123456789"}}${'{{$x = printf "%s%s" $x $x}}'.repeat(40)}{{len $x}}`],
    ['a wide number', '{{range 900}}{{printf "%999999d" 1}}{{end}}'],
    ['many steps', '{{range 1000}}{{range 1000}}{{end}}{{end}}'],
    ['a huge range', '{{range 99999999999}}{{end}}'],
    ['deep nesting', '{{if true}}'.repeat(5000)],
    ['deep parentheses', `{{${'('.repeat(5000)}1${')'.repeat(5000)}}}`],
    ['a long chain of else if', `{{if false}}${'{{else if false}}'.repeat(5000)}{{end}}`],
    ['a template too long', 'x'.repeat(2_000_000)],
  ])('%s', (_, text) => {
    expect(codeOf(text)).toBe('PROW_TEMPLATE_LIMIT');
  });

  test('output as long as allowed', () => {
    expect(codeOf('{{.a}}', { a: 'x'.repeat(100) }, { maxOutputLength: 100 })).toHaveLength(100);
    expect(codeOf('{{.a}}!', { a: 'x'.repeat(100) }, { maxOutputLength: 100 })).toBe('PROW_TEMPLATE_LIMIT');
  });

  test('data that holds itself', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(codeOf('{{.}}', circular)).toBe('PROW_TEMPLATE_LIMIT');
    expect(codeOf('{{printf "%d" .}}', circular)).toBe('PROW_TEMPLATE_LIMIT');
  });
});
