import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function blockadeHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  const about = (key: string): string => {
    const org = key.split('/')[0] ?? '';
    const own = (plugins.blockades ?? []).filter(({ repos }) => repos?.some((name) => name === org || name === key) ?? false);
    return own.length === 0 ? 'Nothing is protected.' : own.map((each) => `Protected: ${(each.blockregexps ?? []).join(', ')}${(each.exceptionregexps ?? []).length > 0 ? `, except ${(each.exceptionregexps ?? []).join(', ')}` : ''}. ${each.explanation ?? ''}`).join(' ');
  };
  return {
    Description: 'Holds back pull requests that change protected files, with the label do-not-merge/blocked-paths.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, about(key)])),
    Snippet: "blockades:\n- repos:\n  - org/repo\n  blockregexps:\n  - '^docs/'\n  exceptionregexps:\n  - '^docs/README\\.md$'\n  explanation: Documentation is written elsewhere.\n",
    Commands: [],
  };
}
