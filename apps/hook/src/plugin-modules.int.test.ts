import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { useTempDirs } from '@prow/testing-harness';
import { loadPluginModules } from './plugin-modules.ts';

const tempDir = useTempDirs();
const plugin = (name: string): string => `export default { name: '${name}', help: () => ({ Description: 'd', Commands: [] }), onComment: async () => {} };\n`;

function folder(files: Record<string, string>): string {
  const dir = tempDir('modules');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const load = async (fromDir: string, ...names: string[]): Promise<string[]> => (await loadPluginModules({ names, fromDir, builtIn: ['hold'] })).map(({ name }) => name);

test('packages from the folder upwards, and files', async () => {
  const dir = folder({
    'node_modules/prow-plugin-a/package.json': JSON.stringify({ name: 'prow-plugin-a', exports: { '.': { types: './a.d.ts', import: './a.mjs' } } }),
    'node_modules/prow-plugin-a/a.mjs': plugin('a'),
    'node_modules/@own/b/package.json': JSON.stringify({ type: 'module', main: 'lib/b.js' }),
    'node_modules/@own/b/lib/b.js': plugin('b'),
    'deep/c.mjs': plugin('c'),
  });
  expect(await load(join(dir, 'deep'), 'prow-plugin-a', '@own/b', './c.mjs')).toEqual(['a', 'b', 'c']);
});

test.each([
  ['./hold.mjs', 'there is a plugin hold already'],
  ['./none.mjs', 'expected a default export with name, help and one of onComment'],
  ['./broken.mjs', 'it broke'],
  ['prow-plugin-nowhere', 'prow-plugin-nowhere'],
])('%s is refused', async (name, reason) => {
  const dir = folder({ 'hold.mjs': plugin('hold'), 'none.mjs': 'export default { name: "x", help: () => ({}) };', 'broken.mjs': 'throw new Error("it broke");' });
  await expect(load(dir, name)).rejects.toThrow(reason);
  await expect(load(dir, name)).rejects.toMatchObject({ code: 'PROW_HOOK_PLUGIN_MODULE' });
});
