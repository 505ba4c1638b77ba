import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function configUpdaterHelp({ plugins }: HelpQuery): PluginHelp {
  const maps = Object.entries(plugins.config_updater.maps).map(([glob, { name, partitioned_names: names }]) => `${glob} → ${name || (names ?? []).join(', ')}`);
  return {
    Description: 'Keeps ConfigMaps equal to files of the default branch, whenever a pull request that changes them is merged.',
    Config: { '': maps.join('; ') },
    Snippet: 'config_updater:\n  maps:\n    config/prow/config.yaml:\n      name: config\n    config/jobs/**/*.yaml:\n      name: job-config\n      gzip: true\n',
    Commands: [],
  };
}
