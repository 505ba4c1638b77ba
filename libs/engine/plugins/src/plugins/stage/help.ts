import type { PluginHelp } from '../../plugin.ts';

export function stageHelp(): PluginHelp {
  return {
    Description: 'Labels issues and pull requests with the stage of the feature they are about.',
    Commands: [{ Usage: '/[remove-]stage <alpha|beta|stable>', Featured: false, Description: 'Sets or removes a stage.', Examples: ['/stage alpha', '/remove-stage alpha'], WhoCanUse: 'Anyone.' }],
  };
}
