import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schema as github } from '@octokit/graphql-schema';
import { expect, test } from '@jest/globals';
import { buildSchema, isObjectType } from 'graphql';
import { schemaText } from './schema.generated.ts';
import { pruneSchema, served } from './testing/prune-schema.ts';

test("what is served is a part of GitHub's own schema", () => {
  const pruned = pruneSchema(github.idl);
  if (process.env['PROW_UPDATE'] === '1') {
    const header = '// Made from @octokit/graphql-schema by testing/prune-schema.ts; schema.test.ts compares, and writes it anew with PROW_UPDATE=1.';
    writeFileSync(fileURLToPath(new URL('schema.generated.ts', import.meta.url)), `${header}\nexport const schemaText = \`${pruned}\`;\n`);
  }
  expect(schemaText).toBe(pruned);
});

test('it builds, with every type that is listed', () => {
  const schema = buildSchema(schemaText);
  for (const name of Object.keys(served)) expect(schema.getType(name)).toBeDefined();
  expect(isObjectType(schema.getQueryType())).toBe(true);
});
