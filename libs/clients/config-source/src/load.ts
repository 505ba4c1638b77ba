// One look at all files: walk, read what changed, put together. Everything is synchronous: a few hundred small files
// are read fastest that way, and a reload touches few of them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigAssembler } from '@prow/model-config';
import type { ConfigFile, Finding, JobFile, ProwConfig } from '@prow/model-config';
import { assemblePluginConfig, emptyPluginConfig } from '@prow/model-plugin-config';
import type { PluginConfig, PluginConfigFile } from '@prow/model-plugin-config';
import type { ConfigPaths, ConfigSnapshot } from './api.ts';
import { ContentCache } from './content-cache.ts';
import { FileReader } from './file-reader.ts';
import type { ReadFile } from './file-reader.ts';
import { statFile, walkFiles } from './walk.ts';
import type { WalkedFile } from './walk.ts';

export interface LoadResult {
  /** Also with errors: what could be read. */
  readonly snapshot: ConfigSnapshot;
  readonly findings: readonly Finding[];
  readonly files: readonly ReadFile[];
  /** Folders whose change means a change of the configuration. */
  readonly folders: readonly string[];
}

const isYaml = (name: string): boolean => name.endsWith('.yaml') || name.endsWith('.yml');

/** Loads a configuration again and again; keeps what did not change. */
export class ConfigLoader {
  private readonly paths: ConfigPaths;
  private readonly cache: ContentCache;
  private readonly reader: FileReader;
  private readonly assembler: ConfigAssembler;
  private plugins: { inputs: readonly object[]; config: PluginConfig; findings: readonly Finding[] } | undefined;
  private last: LoadResult | undefined;

  constructor(paths: ConfigPaths, options: { nowMs: () => number; cacheDir?: string }) {
    this.paths = paths;
    this.cache = new ContentCache(options.cacheDir, paths);
    this.reader = new FileReader(this.cache.contents);
    this.assembler = new ConfigAssembler(options.nowMs);
  }

  load(): LoadResult {
    const findings: Finding[] = [];
    const folders: string[] = [];
    const main = this.reader.readPath('config', this.paths.configPath);
    const supplementals = this.readTrees(this.paths.supplementalProwConfigDirs, 'config', endsWith(this.paths.supplementalProwConfigSuffix ?? '_prowconfig.yaml'), findings, folders);
    const jobs = this.readJobs(findings, folders);
    const pluginMain = this.paths.pluginConfig === undefined ? undefined : this.reader.readPath('plugins', this.paths.pluginConfig);
    const pluginSupplementals = this.readTrees(this.paths.supplementalPluginConfigDirs, 'plugins', endsWith(this.paths.supplementalPluginConfigSuffix ?? '_pluginconfig.yaml'), findings, folders);
    const files = [main, ...supplementals, ...(jobs ?? []), ...(pluginMain === undefined ? [] : [pluginMain]), ...pluginSupplementals];
    for (const path of [this.paths.configPath, this.paths.pluginConfig]) if (path !== undefined) folders.push(dirname(path));
    this.reader.keepOnly(new Set(files.map((file) => file.path)));

    const versionSha = readVersion(this.paths.configPath);
    const version = versionOf(files, versionSha, findings);
    if (this.last?.snapshot.version === version) return { ...this.last, files, folders: [...new Set(folders)] };
    for (const file of files) findings.push(...file.findings);
    const config = this.assemble(main, supplementals, jobs, versionSha, version, findings);
    const plugins = this.assemblePlugins(pluginMain, pluginSupplementals, findings);
    this.last = { snapshot: Object.freeze({ config: shallowFreeze(config), plugins: shallowFreeze(plugins), version }), findings, files, folders: [...new Set(folders)] };
    return this.last;
  }

  /** Keeps what was read for a later process; cheap when nothing new was read. */
  store(): void {
    if (this.last === undefined || !this.reader.parsedSome && this.cache.isVerified(this.last.snapshot.version)) return;
    const clean = !this.last.findings.some((finding) => finding.severity === 'error');
    this.cache.write(this.reader.contents(), clean ? this.last.snapshot.version : undefined);
    this.reader.parsedSome = false;
  }

  private assemble(main: ReadFile, supplementals: readonly ReadFile[], jobs: readonly ReadFile[] | undefined, versionSha: string | undefined, version: string, findings: Finding[]): ProwConfig {
    const assembled = this.assembler.assemble({
      main: { file: main.path, value: main.value as ConfigFile },
      supplementals: supplementals.map((file) => ({ file: file.path, value: file.value as ConfigFile })),
      jobs: jobs?.map((file) => ({ file: file.path, value: file.value as JobFile })),
      ...(versionSha === undefined ? {} : { versionSha }),
    }, { isChecked: this.cache.isVerified(version) });
    findings.push(...assembled.findings);
    return assembled.config;
  }

  private assemblePlugins(main: ReadFile | undefined, supplementals: readonly ReadFile[], findings: Finding[]): PluginConfig {
    if (main === undefined) return emptyPluginConfig();
    const inputs = [main.value, ...supplementals.map((file) => file.value)];
    if (this.plugins === undefined || inputs.length !== this.plugins.inputs.length || inputs.some((input, index) => input !== this.plugins?.inputs[index])) {
      const assembled = assemblePluginConfig(
        { file: main.path, value: main.value as PluginConfigFile },
        supplementals.map((file) => ({ file: file.path, value: file.value as PluginConfigFile })),
      );
      this.plugins = { inputs, ...assembled };
    }
    findings.push(...this.plugins.findings);
    return this.plugins.config;
  }

  private readJobs(findings: Finding[], folders: string[]): readonly ReadFile[] | undefined {
    const roots = this.paths.jobConfigPaths ?? [];
    if (roots.length === 0) return undefined;
    return roots.flatMap((root) => {
      if (!isFolder(root)) {
        folders.push(dirname(root));
        return [this.reader.readPath('jobs', root)];
      }
      const files = this.walk(root, isYaml, findings, folders, '.prowignore');
      return withUniqueNames(files, findings).map((file) => this.reader.read('jobs', file));
    });
  }

  private readTrees(roots: readonly string[] | undefined, kind: 'config' | 'plugins', accept: (name: string) => boolean, findings: Finding[], folders: string[]): ReadFile[] {
    return (roots ?? []).flatMap((root) => this.walk(root, accept, findings, folders).map((file) => this.reader.read(kind, file)));
  }

  private walk(root: string, accept: (name: string) => boolean, findings: Finding[], folders: string[], ignoreFile?: string): readonly WalkedFile[] {
    const walked = walkFiles(root, accept, ignoreFile);
    folders.push(...walked.folders);
    for (const problem of walked.problems) findings.push(readFinding(problem.path, problem.message));
    return walked.files;
  }
}

function endsWith(suffix: string): (name: string) => boolean {
  return (name) => name.endsWith(suffix);
}

// Files become keys of ConfigMaps, where there are no folders. upstream: ReadJobConfig
function withUniqueNames(files: readonly WalkedFile[], findings: Finding[]): WalkedFile[] {
  const seen = new Map<string, string>();
  return files.filter((file) => {
    const name = basename(file.path);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, file.path);
      return true;
    }
    findings.push({ severity: 'error', code: 'PROW_CONFIG_DUPLICATE_FILE', message: `another file is named ${name}: ${first}; names of job files must be unique`, file: file.path, path: [] });
    return false;
  });
}

function readFinding(path: string, message: string): Finding {
  return { severity: 'error', code: 'PROW_CONFIG_READ', message: `${path}: ${message}`, file: path, path: [] };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// config-updater writes it beside the files it brings. upstream: ConfigVersionFileName
function readVersion(configPath: string): string | undefined {
  const path = join(dirname(configPath), 'VERSION');
  try {
    return existsSync(path) && (statFile(path)?.size ?? 0) < 1024 ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

function versionOf(files: readonly ReadFile[], versionSha: string | undefined, problems: readonly Finding[]): string {
  const hash = createHash('sha256').update(versionSha ?? '').update('\0');
  for (const file of files) {
    hash.update(`${file.kind}\0${file.path}\0${file.digest}\0`);
    if (file.digest === '') hash.update(file.findings.map((finding) => finding.message).join('\0'));
  }
  for (const problem of problems) hash.update(`${problem.file ?? ''}\0${problem.message}\0`);
  return hash.digest('hex');
}

// The lists and sections; what is in a job is not looked at by anything that could change it.
function shallowFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) Object.freeze(part);
  return Object.freeze(value);
}
