import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function sizeHelp({ plugins: { size } }: HelpQuery): PluginHelp {
  const { s, m, l, xl, xxl } = size;
  return {
    Description: 'Labels pull requests by the number of lines they add and delete. Files that .generated_files or linguist-generated in .gitattributes name do not count.',
    Config: { '': `size/XS: 0-${s - 1}, size/S: ${s}-${m - 1}, size/M: ${m}-${l - 1}, size/L: ${l}-${xl - 1}, size/XL: ${xl}-${xxl - 1}, size/XXL: ${xxl}+` },
    Snippet: 'size:\n  s: 10\n  m: 30\n  l: 100\n  xl: 500\n  xxl: 1000\n',
    Commands: [],
  };
}
