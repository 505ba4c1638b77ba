// configs/local-github.yaml: what the local GitHub holds at first.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import { ProwError } from '@prow/base-errors';

const login = { type: 'string', pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$' } as const;
const logins = { type: 'array', items: login } as const;
const schema = {
  type: 'object',
  required: ['users', 'bot'],
  additionalProperties: false,
  properties: {
    users: { type: 'array', items: { type: 'object', required: ['login'], additionalProperties: false, properties: { login, name: { type: 'string' }, siteAdmin: { type: 'boolean' } } } },
    bot: login,
    organizations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['login'],
        additionalProperties: false,
        properties: {
          login,
          name: { type: 'string' },
          members: logins,
          admins: logins,
          teams: { type: 'array', items: { type: 'object', required: ['slug'], additionalProperties: false, properties: { slug: { type: 'string' }, name: { type: 'string' }, members: logins } } },
        },
      },
    },
    labels: { type: 'array', items: { type: 'object', required: ['name'], additionalProperties: false, properties: { name: { type: 'string' }, color: { type: 'string', pattern: '^[0-9a-fA-F]{6}$' }, description: { type: 'string' } } } },
    repositories: {
      type: 'array',
      items: { type: 'object', required: ['owner', 'name', 'from'], additionalProperties: false, properties: { owner: login, name: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,100}$' }, from: { type: 'string' }, defaultBranch: { type: 'string' } } },
    },
  },
} as const;

export interface SeedFile {
  users: { login: string; name?: string }[];
  bot: string;
  organizations?: { login: string; name?: string; members?: string[]; admins?: string[]; teams?: { slug: string; name?: string; members?: string[] }[] }[];
  labels?: { name: string; color?: string; description?: string }[];
  repositories?: { owner: string; name: string; from: string; defaultBranch?: string }[];
}

const validate = new Ajv({ strict: true }).compile<SeedFile>(schema);

/** @throws ProwError PROW_LOCAL_SEED: names file, line and column, or the field */
export function readSeedFile(path: string): SeedFile {
  if (!existsSync(path)) throw new ProwError('PROW_LOCAL_SEED', `${path}: there is no such file`);
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ProwError('PROW_LOCAL_SEED', `${path}:${line}:${col}: ${error.message.split('\n')[0] ?? ''}`);
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (validate(value)) return value;
  const [problem] = validate.errors ?? [];
  const keys = (problem?.instancePath ?? '').split('/').slice(1).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const node = document.getIn(keys, true);
  const range = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? (node.range[0] as number) : 0;
  const { line, col } = lines.linePos(range);
  throw new ProwError('PROW_LOCAL_SEED', `${path}:${line}:${col}: ${keys.join('.')} ${problem?.message ?? 'is not as expected'}`);
}

/** A repository's source: this checkout, or a folder beside the seed file. */
export function contentOf(seedPath: string, checkout: string, from: string): { files: string } | { git: string } | undefined {
  if (from === 'checkout') return existsSync(join(checkout, '.git')) ? { git: checkout } : undefined;
  const dir = resolve(dirname(seedPath), from);
  if (!existsSync(dir)) throw new ProwError('PROW_LOCAL_SEED', `${seedPath}: repositories: "from: ${from}" is no folder (${dir})`);
  return { files: dir };
}
