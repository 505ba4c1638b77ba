import { expect, test } from '@jest/globals';
import { messageOf, ProwError } from '@prow/base-errors';
import { prowJobForTemplate, type ProwJob } from '@prow/model-prowjob';
import { describeWithGolden, readGolden, readGoldenLines } from '@prow/testing-harness';
import { parseTemplate } from './parse-template.ts';

interface TemplateLine {
  template: string;
  output?: string;
  parseError?: string;
  execError?: string;
}

describeWithGolden('go/template.jsonl', "Go's text/template", () => {
  test('every template gives the same text, or the same error, on a ProwJob', () => {
    const data = prowJobForTemplate(JSON.parse(readGolden('go/prowjob.json')) as ProwJob);
    const answer = ({ template }: TemplateLine): TemplateLine => {
      try {
        return { template, output: parseTemplate(template).execute(data) };
      } catch (error) {
        const isSyntax = error instanceof ProwError && error.code === 'PROW_TEMPLATE_SYNTAX';
        return { template, [isSyntax ? 'parseError' : 'execError']: messageOf(error) };
      }
    };
    const lines = readGoldenLines<TemplateLine>('go/template.jsonl');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.map(answer)).toEqual(lines);
  });
});
