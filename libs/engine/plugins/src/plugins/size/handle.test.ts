import { expect, test } from '@jest/globals';
import { PluginWorld } from '../../testing/plugin-world.ts';
import { parseGeneratedFiles, parseGitAttributes } from './generated-files.ts';
import { size } from './index.ts';

test.each([
  [0, 'size/XS'],
  [9, 'size/XS'],
  [10, 'size/S'],
  [30, 'size/M'],
  [100, 'size/L'],
  [500, 'size/XL'],
  [1000, 'size/XXL'],
])('%i lines', async (additions, label) => {
  expect(await new PluginWorld({ plugin: size, files: [{ filename: 'a', additions }] }).pullRequest('opened')).toEqual([`addLabels ${label}`]);
});

test('generated files do not count, and the old label goes', async () => {
  const answers = { getFile: ({ path }: { path: string }) => (path === '.gitattributes' ? Buffer.from('*.pb.go linguist-generated=true\n') : undefined) };
  const world = new PluginWorld({ plugin: size, labels: ['size/XL'], answers, files: [{ filename: 'deep/a.pb.go', additions: 900 }, { filename: 'b', additions: 3 }] });
  expect(await world.pullRequest('synchronize')).toEqual(['removeLabel size/XL', 'addLabels size/XS']);
});

test('.generated_files', () => {
  const { isGenerated, pathsFrom } = parseGeneratedFiles('# note\nfile-prefix zz_\npath-prefix gen/\nfile-name x.lock\npath a/b\npaths-from-repo list.txt\nnonsense\n');
  expect(['q/zz_a', 'gen/x', 'k/x.lock', 'a/b', 'a/b/c', 'other'].filter(isGenerated)).toEqual(['q/zz_a', 'gen/x', 'k/x.lock', 'a/b']);
  expect(pathsFrom).toEqual(['list.txt']);
});

test('.gitattributes: later lines win, patterns with a slash are anchored', () => {
  const isGenerated = parseGitAttributes('docs/*.md linguist-generated\n*.min.js linguist-generated\nkeep.min.js -linguist-generated\nvendor/** linguist-generated\n(a linguist-generated\n');
  expect(['docs/a.md', 'x/docs/a.md', 'y/b.min.js', 'y/keep.min.js', 'vendor/a/b', 'vendor'].filter(isGenerated)).toEqual(['docs/a.md', 'y/b.min.js', 'vendor/a/b']);
});
