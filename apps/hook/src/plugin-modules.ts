import { messageOf, ProwError } from '@prow/base-errors';
import type { Plugin } from '@prow/engine-plugins';

/** Plugins that are npm packages: the default export is a `Plugin`. */
export async function loadPluginModules(names: readonly string[]): Promise<Plugin[]> {
  return Promise.all(
    names.map(async (name) => {
      let loaded: { default?: unknown };
      try {
        loaded = (await import(name)) as { default?: unknown };
      } catch (cause) {
        throw new ProwError('PROW_HOOK_PLUGIN_MODULE', `--plugin-module ${name}: ${messageOf(cause)}`, { cause });
      }
      if (!isPlugin(loaded.default)) throw new ProwError('PROW_HOOK_PLUGIN_MODULE', `--plugin-module ${name}: expected a default export with name and help, found none`);
      return loaded.default;
    }),
  );
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'help' in value && typeof value.help === 'function';
}
