import { nearestNames } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { ConfigSource } from '@prow/clients-config-source';
import { refusedPlugins } from '@prow/engine-plugins';

/** Says, at the start and when the configuration changes, which plugins are switched on that do not exist here. */
export function warnOfUnknownPlugins({ source, names, log }: { source: ConfigSource; names: readonly string[]; log: Logger }): () => void {
  const known = new Set(names);
  const told = new Set<string>();
  const warn = (): void => {
    for (const [where, { plugins = [] }] of Object.entries(source.current().plugins.plugins)) {
      for (const plugin of plugins) {
        if (known.has(plugin) || told.has(`${where} ${plugin}`)) continue;
        told.add(`${where} ${plugin}`);
        const reason = refusedPlugins.get(plugin);
        if (reason !== undefined) log.warn('a plugin is switched on that is left out here', { plugin, where, reason });
        else log.warn('a plugin is switched on that does not exist here', { plugin, where, didYouMean: nearestNames(plugin, known) });
      }
    }
  };
  warn();
  return source.subscribe(warn);
}
