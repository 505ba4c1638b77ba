// Plugins that are npm packages or files of one's own: the default export is a `Plugin`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Plugin } from '@prow/engine-plugins';

export interface PluginModulesOptions {
  /** Of `--plugin-module`: package names, or paths that begin with a dot or a slash. */
  readonly names: readonly string[];
  /** Where paths begin and from where upwards node_modules are looked for. */
  readonly fromDir: string;
  /** Names that are taken. */
  readonly builtIn: readonly string[];
}

const handlers = ['onComment', 'onIssue', 'onIssueComment', 'onPullRequest', 'onReview', 'onReviewComment', 'onPush', 'onStatus'] as const;

export async function loadPluginModules({ names, fromDir, builtIn }: PluginModulesOptions): Promise<Plugin[]> {
  const taken = new Set(builtIn);
  const plugins: Plugin[] = [];
  for (const name of names) {
    const plugin = await loadPlugin(name, fromDir);
    if (taken.has(plugin.name)) throw refusal(name, `there is a plugin ${plugin.name} already`);
    taken.add(plugin.name);
    plugins.push(plugin);
  }
  return plugins;
}

async function loadPlugin(name: string, fromDir: string): Promise<Plugin> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(addressOf(name, fromDir))) as { default?: unknown };
  } catch (cause) {
    throw refusal(name, messageOf(cause), cause);
  }
  const plugin = loaded.default;
  if (!isPlugin(plugin)) throw refusal(name, `expected a default export with name, help and one of ${handlers.join(', ')}, found none`);
  return plugin;
}

/** The program is a bundle that lies elsewhere: packages are looked for where it was started, then beside it. */
function addressOf(name: string, fromDir: string): string {
  if (name.startsWith('.') || isAbsolute(name)) return pathToFileURL(resolve(fromDir, name)).href;
  for (let dir = resolve(fromDir); ; dir = dirname(dir)) {
    const folder = join(dir, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return pathToFileURL(join(folder, entryOf(folder))).href;
    if (dirname(dir) === dir) return name;
  }
}

/** https://nodejs.org/api/packages.html#package-entry-points, for `import` of the package itself. */
function entryOf(folder: string): string {
  const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports?: unknown; main?: string };
  const root = typeof exports === 'object' && exports !== null && '.' in exports ? exports['.'] : exports;
  return target(root) ?? main ?? 'index.js';
}

function target(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(target).find((found) => found !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [condition, inner] of Object.entries(value)) {
    if (['node', 'import', 'module-sync', 'default'].includes(condition)) {
      const found = target(inner);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return typeof fields['name'] === 'string' && fields['name'] !== '' && typeof fields['help'] === 'function' && handlers.some((handler) => typeof fields[handler] === 'function');
}

function refusal(name: string, reason: string, cause?: unknown): ProwError {
  return new ProwError('PROW_HOOK_PLUGIN_MODULE', `--plugin-module ${name}: ${reason}`, { cause });
}
