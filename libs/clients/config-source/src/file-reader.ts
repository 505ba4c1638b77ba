// Reads files into values, each text once: what did not change is not read again, what was read before (by this
// process or an earlier one) is not parsed again.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decodeText, parseYaml, YamlError } from '@prow/base-yaml';
import { decodeConfigFile, decodeJobFile } from '@prow/model-config';
import type { Finding } from '@prow/model-config';
import { decodePluginFile } from '@prow/model-plugin-config';
import { messageOf } from '@prow/base-errors';
import { readProblem, statFile } from './walk.ts';
import type { WalkedFile } from './walk.ts';

export type FileKind = 'config' | 'jobs' | 'plugins';

/** A file as read: `value` keeps its identity as long as the content stays the same. */
export interface ReadFile {
  readonly path: string;
  readonly kind: FileKind;
  /** Digest of the content. */
  readonly digest: string;
  readonly value: object;
  readonly findings: readonly Finding[];
}

/** What a content was read as, without the file's name. */
export interface ReadContent {
  readonly value: object;
  readonly findings: readonly Omit<Finding, 'file'>[];
}

const maxFileBytes = 10 * 1024 * 1024;
const decoders = { config: decodeConfigFile, jobs: decodeJobFile, plugins: decodePluginFile } as const;
const codeOfYaml: Readonly<Record<string, string>> = { PROW_YAML_TOO_BIG: 'PROW_CONFIG_TOO_BIG', PROW_YAML_ALIASES: 'PROW_CONFIG_TOO_BIG', PROW_YAML_TOO_DEEP: 'PROW_CONFIG_TOO_BIG' };

export class FileReader {
  private readonly byPath = new Map<string, { signature: string; file: ReadFile }>();
  /** Contents of an earlier process, by kind and digest; taken when asked for. */
  private readonly stored: Map<string, ReadContent>;
  /** Whether some content had to be parsed, rather than found. */
  parsedSome = false;

  constructor(stored: Map<string, ReadContent> = new Map()) {
    this.stored = stored;
  }

  read(kind: FileKind, walked: WalkedFile): ReadFile {
    const known = this.byPath.get(walked.path);
    if (known !== undefined && known.file.kind === kind && known.signature === walked.signature) return known.file;
    const file = this.readAnew(kind, walked.path, known?.file);
    this.byPath.set(walked.path, { signature: walked.signature, file });
    return file;
  }

  /** A file given by its own path, not found by walking. */
  readPath(kind: FileKind, path: string): ReadFile {
    try {
      const walked = statFile(path);
      if (walked === undefined) return failed(kind, path, 'is a folder, expected a file');
      return this.read(kind, walked);
    } catch (error) {
      return failed(kind, path, readProblem(error));
    }
  }

  /** Forgets files that are no longer there. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.byPath.keys()) if (!paths.has(path)) this.byPath.delete(path);
  }

  /** Everything read, for a later process. */
  contents(): Map<string, ReadContent> {
    const contents = new Map<string, ReadContent>();
    for (const { file } of this.byPath.values()) {
      if (file.digest !== '') contents.set(contentKey(file.kind, file.digest), { value: file.value, findings: file.findings.map(({ file: _file, ...finding }) => finding) });
    }
    return contents;
  }

  private readAnew(kind: FileKind, path: string, previous: ReadFile | undefined): ReadFile {
    let bytes: Buffer;
    try {
      bytes = readBounded(path);
    } catch (error) {
      return error instanceof YamlError ? failed(kind, path, error.message, 'PROW_CONFIG_TOO_BIG') : failed(kind, path, readProblem(error));
    }
    const digest = createHash('sha256').update(bytes).digest('base64url');
    if (previous?.kind === kind && previous.digest === digest) return previous;
    const stored = this.stored.get(contentKey(kind, digest));
    if (stored !== undefined) {
      return { path, kind, digest, value: stored.value, findings: stored.findings.map((finding) => ({ ...finding, file: path })) };
    }
    this.parsedSome = true;
    return { path, kind, digest, ...parseContent(kind, bytes, path) };
  }
}

export function contentKey(kind: FileKind, digest: string): string {
  return `${kind} ${digest}`;
}

// The size is looked at before anything is read: a file may be of any size, or a device.
function readBounded(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size > maxFileBytes) throw new YamlError('PROW_YAML_TOO_BIG', `the file has ${size} bytes, expected at most ${maxFileBytes}`);
    const buffer = Buffer.allocUnsafe(size + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0) return buffer.subarray(0, length);
      if (length === buffer.length) throw new YamlError('PROW_YAML_TOO_BIG', 'the file grew while it was read');
    }
  } finally {
    closeSync(descriptor);
  }
}

function failed(kind: FileKind, path: string, message: string, code = 'PROW_CONFIG_READ'): ReadFile {
  return { path, kind, digest: '', value: {}, findings: [{ severity: 'error', code, message: `${path}: ${message}`, file: path, path: [] }] };
}

/** Parses and decodes a content; never throws. */
export function parseContent(kind: FileKind, bytes: Uint8Array, path: string): { value: object; findings: Finding[] } {
  try {
    return decoders[kind](parseYaml(decodeText(bytes)), path);
  } catch (error) {
    const position = error instanceof YamlError ? error.position : undefined;
    const code = error instanceof YamlError ? (codeOfYaml[error.code] ?? 'PROW_CONFIG_YAML') : 'PROW_CONFIG_YAML';
    return { value: {}, findings: [{ severity: 'error', code, message: messageOf(error), file: path, path: [], ...position }] };
  }
}
