// `configs/` plus what only this machine knows: see docs/decisions/0003-configuration-on-a-laptop.md
import { readdirSync, readFileSync, statSync, watch, type FSWatcher } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, stringify, type Document } from 'yaml';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { reposWithStarterJobs, starterJobs, type ServedRepo } from './starter-jobs.ts';

export interface Addresses {
  /** Where people reach deck: `http://127.0.0.1:8080`. */
  frontDoor: string;
  /** The local GitHub's pages. */
  github: string;
  /** Absolute folder of artifacts. */
  artifactsDir: string;
}

export interface DerivedConfigOptions {
  /** The user's `configs/`. */
  configDir: string;
  /** Where the derived files go. */
  outDir: string;
  addresses: Addresses;
  /** Repositories given with --repo. */
  repos: readonly ServedRepo[];
  log: Logger;
}

export interface DerivedConfig {
  configPath: string;
  pluginConfig: string;
  jobConfigPaths: string[];
  close(): void;
}

/** Writes the derived files, and again whenever those they come from change. A file that cannot be read keeps its last version. */
export async function deriveConfig(options: DerivedConfigOptions): Promise<DerivedConfig> {
  const { configDir, outDir, log } = options;
  await mkdir(join(outDir, 'jobs'), { recursive: true });
  await writeAll(options);
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const onChange = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      writeAll(options).catch((error: unknown) => log.error('configuration not taken over', { error: messageOf(error) }));
    }, 100);
  };
  watchers.push(watch(configDir, onChange));
  return {
    configPath: join(outDir, 'config.yaml'),
    pluginConfig: join(outDir, 'plugins.yaml'),
    jobConfigPaths: [join(configDir, 'jobs'), ...presetFiles(configDir), join(outDir, 'jobs')],
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function presetFiles(configDir: string): string[] {
  return readdirSync(configDir).filter((name) => /presets?\.ya?ml$/.test(name)).map((name) => join(configDir, name));
}

async function writeAll({ configDir, outDir, addresses, repos }: DerivedConfigOptions): Promise<void> {
  await writeIfChanged(join(outDir, 'config.yaml'), derivedConfig(readFileSync(join(configDir, 'config.yaml'), 'utf8'), addresses, repos));
  await writeIfChanged(join(outDir, 'plugins.yaml'), derivedPlugins(readFileSync(join(configDir, 'plugins.yaml'), 'utf8'), addresses, repos));
  await writeIfChanged(join(outDir, 'jobs', 'this-machine.yaml'), stringify({
    presets: [{ env: [{ name: 'CIMASTER_URL', value: `${addresses.frontDoor}/cimaster` }] }],
  }));
  const starters = reposWithStarterJobs(repos);
  await writeIfChanged(join(outDir, 'jobs', 'starter-jobs.yaml'), starters.length === 0 ? '{}\n' : stringify(starterJobs(starters)));
}

/** Written at once, by renaming: a reader never sees half a file. */
async function writeIfChanged(path: string, text: string): Promise<void> {
  try {
    if (statSync(path).isFile() && readFileSync(path, 'utf8') === text) return;
  } catch {
    // It is not there yet.
  }
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}

/** Broken YAML goes through as it is: whoever reads it then names the place. */
function edited(text: string, edit: (document: Document) => void): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  edit(document);
  return document.toString({ lineWidth: 0 });
}

const laptopDeck = /^https?:\/\/127\.0\.0\.1:8080(?=\/|$)/;

export function derivedConfig(text: string, { frontDoor, artifactsDir }: Addresses, repos: readonly ServedRepo[]): string {
  return edited(text, (document) => {
    document.setIn(['plank', 'job_url_prefix_config', '*'], `${frontDoor}/view/`);
    const entries: unknown = document.getIn(['plank', 'default_decoration_config_entries']);
    const count = typeof entries === 'object' && entries !== null && 'items' in entries && Array.isArray(entries.items) ? entries.items.length : 0;
    for (let index = 0; index < count; index += 1) {
      const path = ['plank', 'default_decoration_config_entries', index, 'config', 'gcs_configuration', 'bucket'];
      const bucket: unknown = document.getIn(path);
      if (typeof bucket === 'string' && bucket.startsWith('file://')) document.setIn(path, `file://${artifactsDir}`);
    }
    const templates: unknown = document.getIn(['plank', 'report_templates']);
    if (typeof templates === 'object' && templates !== null && 'items' in templates && Array.isArray(templates.items)) {
      for (const { value } of templates.items as { value: { value: unknown } }[]) {
        if (typeof value.value === 'string') value.value = value.value.replaceAll('http://127.0.0.1:8080', frontDoor);
      }
    }
    const status: unknown = document.getIn(['tide', 'pr_status_base_urls', '*']);
    if (typeof status === 'string') document.setIn(['tide', 'pr_status_base_urls', '*'], status.replace(laptopDeck, frontDoor));
    if (repos.length > 0) mergeLocalLikeTess(document);
  });
}

/** Repositories given with --repo merge by the rules of those in `configs/`. */
function mergeLocalLikeTess(document: Document): void {
  const queries: unknown = document.getIn(['tide', 'queries']);
  const count = typeof queries === 'object' && queries !== null && 'items' in queries && Array.isArray(queries.items) ? queries.items.length : 0;
  for (let index = 0; index < count; index += 1) {
    const orgs: unknown = document.getIn(['tide', 'queries', index, 'orgs']);
    const names = orgs === undefined ? [] : (JSON.parse(JSON.stringify(orgs)) as unknown[]);
    if (Array.isArray(names) && names.includes('tess') && !names.includes('local')) document.addIn(['tide', 'queries', index, 'orgs'], 'local');
  }
}

export function derivedPlugins(text: string, { github }: Addresses, repos: readonly ServedRepo[]): string {
  return edited(text, (document) => {
    const triggers: unknown = document.get('triggers');
    if (typeof triggers === 'object' && triggers !== null && 'items' in triggers && Array.isArray(triggers.items)) {
      for (let index = 0; index < triggers.items.length; index += 1) if (document.getIn(['triggers', index, 'join_org_url']) !== undefined) document.setIn(['triggers', index, 'join_org_url'], `${github}/`);
    }
    if (repos.length === 0 || document.getIn(['plugins', 'local']) !== undefined) return;
    const like: unknown = document.getIn(['plugins', 'tess', 'plugins']);
    document.setIn(['plugins', 'local'], document.createNode({ plugins: like === undefined ? ['trigger', 'lgtm', 'approve', 'hold'] : (JSON.parse(JSON.stringify(like)) as string[]) }));
    for (const section of ['approve', 'lgtm', 'triggers']) {
      const first: unknown = document.getIn([section, 0]);
      if (first === undefined) continue;
      const entry = { ...(JSON.parse(JSON.stringify(first)) as object), repos: ['local'] };
      document.addIn([section], document.createNode(entry));
    }
  });
}
