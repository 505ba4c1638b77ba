import { welcomeFor } from '@prow/model-plugin-config';
import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function welcomeHelp({ plugins, enabledRepos }: HelpQuery): PluginHelp {
  return {
    Description: 'Greets people who open their first pull request.',
    Config: Object.fromEntries(enabledRepos.map((key) => [key, `Template: ${welcomeFor(plugins, key.split('/')[0] ?? '', key.split('/')[1] ?? '').message_template ?? 'the standard one'}`])),
    Snippet: 'welcome:\n- repos:\n  - org/repo\n  message_template: Welcome @{{.AuthorLogin}}!\n',
    Commands: [],
  };
}
