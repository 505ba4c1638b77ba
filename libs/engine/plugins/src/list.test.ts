import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { emptyPluginConfig } from '@prow/model-plugin-config';
import { builtInPlugins } from './list.ts';

const folder = new URL('plugins/', import.meta.url);

describe('the list of plugins', () => {
  test('has every folder, under its name, once', () => {
    expect(builtInPlugins.map(({ name }) => name).sort()).toEqual(readdirSync(folder).sort());
  });

  test.each(builtInPlugins.map((plugin) => [plugin.name, plugin] as const))('%s has README and help, without and with repositories', (name, plugin) => {
    for (const file of ['index.ts', 'help.ts', 'README.md']) expect(existsSync(new URL(`${name}/${file}`, folder))).toBe(true);
    for (const enabledRepos of [[], ['org/repo']]) {
      const help = plugin.help({ plugins: emptyPluginConfig(), enabledRepos });
      expect(help.Description).not.toBe('');
      for (const command of help.Commands) expect(command).toEqual({ Usage: expect.any(String), Featured: expect.any(Boolean), Description: expect.any(String), Examples: expect.any(Array), WhoCanUse: expect.any(String) });
    }
  });
});
