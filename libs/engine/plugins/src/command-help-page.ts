// Every command there is, for people: what /plugin-help tells, as a page. upstream: deck's /command-help
import { html, type Html, type Navigation, page } from '@prow/base-page';
import type { AllHelp, HelpOfPlugin } from './help-agent.ts';
import type { CommandHelp } from './plugin.ts';

export interface CommandHelpPage {
  readonly help: AllHelp;
  /** Only what is switched on for this `org/repo` or org. */
  readonly repository?: string | undefined;
  readonly navigation: Navigation;
  /** Where the page is: `/command-help`. */
  readonly path: string;
}

interface Shown {
  readonly name: string;
  readonly help: HelpOfPlugin;
}

export function commandHelpPage({ help, repository, navigation, path }: CommandHelpPage): string {
  const plugins = shownPlugins(help, repository);
  const withCommands = plugins.filter((plugin) => plugin.help.Commands.length > 0);
  return page({
    title: repository === undefined ? 'Commands' : `Commands in ${repository}`,
    own: { name: 'Commands', href: path },
    navigation,
    body: html`<div class="title"><h1>Commands${repository === undefined ? '' : ` in ${repository}`}</h1></div>
<form class="filters" method="get" action="${path}"><label class="wide">Repository<select name="repo"><option value="">all</option>${choices(help, repository).map((name) => html`<option${name === repository ? html` selected` : ''}>${name}</option>`)}</select></label><button>Show</button></form>
${withCommands.length === 0 ? html`<div class="empty"><p>No plugin with commands is switched on here.</p></div>` : html`<div class="table-frame"><table><thead><tr><th>Command</th><th>Example</th><th>Does</th><th>Who may use it</th><th>Plugin</th></tr></thead><tbody>${withCommands.flatMap((plugin) => plugin.help.Commands.map((command) => row(command, plugin.name)))}</tbody></table></div>`}
<h3>Plugins</h3>${plugins.map((plugin) => pluginCard(plugin, repository))}`,
  });
}

/** Of one repository: what is switched on there or for its org. Of all: whatever is switched on anywhere. */
function shownPlugins({ RepoPlugins, RepoExternalPlugins, PluginHelp, ExternalPluginHelp }: AllHelp, repository: string | undefined): Shown[] {
  const org = repository?.split('/', 1)[0];
  const keys = (map: Readonly<Record<string, readonly string[]>>): string[] => Object.keys(map).filter((key) => key !== '' && (repository === undefined || key === repository || key === org));
  const named = (map: Readonly<Record<string, readonly string[]>>, all: Readonly<Record<string, HelpOfPlugin>>): Shown[] =>
    [...new Set(keys(map).flatMap((key) => map[key] ?? []))].flatMap((name) => (Object.hasOwn(all, name) && all[name] !== undefined ? [{ name, help: all[name] }] : []));
  return [...named(RepoPlugins, PluginHelp), ...named(RepoExternalPlugins, ExternalPluginHelp)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function choices({ AllRepos }: AllHelp, repository: string | undefined): string[] {
  return [...new Set([...AllRepos, ...(repository === undefined ? [] : [repository])])].sort();
}

function row({ Usage, Description, Examples, WhoCanUse }: CommandHelp, plugin: string): Html {
  return html`<tr><td><code>${Usage}</code></td><td>${Examples.map((example) => html`<code>${example}</code> `)}</td><td>${Description}</td><td>${WhoCanUse}</td><td><a href="${`#plugin-${plugin}`}">${plugin}</a></td></tr>`;
}

function pluginCard({ name, help: { Description, Config, Events, Snippet } }: Shown, repository: string | undefined): Html {
  const config = Object.entries(Config).filter(([key, text]) => text !== '' && (key === '' || repository === undefined || key === repository || key === repository.split('/', 1)[0]));
  return html`<section class="card" id="${`plugin-${name}`}"><div class="title"><h2>${name}</h2><small>${Events.join(', ')}</small></div><div>${Description}</div>${
    config.length === 0 ? '' : html`<dl>${config.map(([key, text]) => html`<dt>${key === '' ? 'everywhere' : key}</dt><dd>${text}</dd>`)}</dl>`
  }${Snippet === '' ? '' : html`<details><summary>Example of its configuration</summary><pre>${Snippet}</pre></details>`}</section>`;
}
