import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createUtilityLog } from '../utility-log.ts';
import { leaveSecrets } from '../env-secrets.ts';
import { fileTexts, secretMounts } from '../mounted-secrets.ts';
import { Censor } from './censor.ts';
import { Secrets, loadSecrets } from './secrets.ts';

let folder: string;
const logged: string[] = [];
const log = createUtilityLog('sidecar', (line) => logged.push(line));
const options = { secretDirectories: [] as string[], includeDirectories: [], excludeDirectories: [], iniFilenames: ['creds.ini'], minimumSecretLength: 3 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const mount = join(folder, 'mount');
  mkdirSync(join(mount, '..2026'), { recursive: true });
  writeFileSync(join(mount, '..2026', 'token'), ' s3cr3t-token\n');
  symlinkSync(join(mount, '..2026', 'token'), join(mount, 'token'));
  writeFileSync(join(mount, 'yes'), 'true');
  writeFileSync(join(mount, 'short'), 'ab');
  writeFileSync(join(mount, '.dockerconfigjson'), JSON.stringify({ auths: { 'r.example.org': { auth: 'ZG9ja2VyOmF1dGg=', password: 'docker-password' } } }));
  writeFileSync(join(mount, 'creds.ini'), '[default]\n; comment = no\nkey = ini-value-1\n');
  writeFileSync(join(mount, 'damaged'), 'x');
  writeFileSync(join(mount, '.dockercfg'), 'not json');
  options.secretDirectories = [mount, join(folder, 'absent')];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function show(text: string): string {
  const censor = new Censor(loadSecrets(options, log));
  return Buffer.concat([Buffer.from(censor.push(Buffer.from(text))), censor.end()]).toString();
}

describe('loadSecrets', () => {
  test.each([
    ['a trimmed value', 's3cr3t-token'],
    ['base64 of it', Buffer.from('s3cr3t-token').toString('base64')],
    ['base64 of it as it lies there', Buffer.from(' s3cr3t-token\n').toString('base64')],
    ['a registry password', 'docker-password'],
    ['a registry auth', 'ZG9ja2VyOmF1dGg='],
    ['an ini value', 'ini-value-1'],
  ])('%s', (_what, secret) => {
    expect(show(`<${secret}>`)).toBe(`<${'X'.repeat(secret.length)}>`);
  });

  test('base64 inside a longer text that was encoded', () => {
    for (const user of ['u', 'us', 'use']) {
      const header = Buffer.from(`${user}:s3cr3t-token`).toString('base64');
      const shown = show(header);
      expect(Buffer.from(shown, 'base64').toString('latin1')).not.toContain('cr3t-tok');
    }
  });

  test('what is no secret stays', () => {
    expect(show('true ab comment')).toBe('true ab comment');
  });

  test('one that cannot be read does not disable the others, and is reported', () => {
    logged.length = 0;
    expect(show('docker-password')).toBe('XXXXXXXXXXXXXXX');
    expect(logged.join('')).toMatch(/\.dockercfg/);
    expect(logged.join('')).toMatch(/absent/);
  });
});

describe('secrets of a test\'s environment', () => {
  test('are taken once they are there, and their file goes', () => {
    const marker = join(folder, 'marker-file.txt');
    const secrets = new Secrets({ ...options, secretDirectories: [] }, [marker], log);
    expect(secrets.current().isEmpty).toBe(true);
    leaveSecrets(marker, { GITHUB_TOKEN: 'ghp_0123456789', HOME: '/home/x', PWD: '/somewhere/long', KEY_FILE: '/etc/keys/a.pem', SSH_KEY: 'short', JOB_SPEC: '{"job":"public-value"}', API_KEY: 'public-value' });
    chmodSync(`${marker}.secrets`, 0o644);
    const censor = new Censor(secrets.current());
    expect(Buffer.concat([Buffer.from(censor.push(Buffer.from('ghp_0123456789 /somewhere/long /etc/keys/a.pem public-value'))), censor.end()]).toString()).toBe('XXXXXXXXXXXXXX /somewhere/long /etc/keys/a.pem public-value');
    expect(() => chmodSync(`${marker}.secrets`, 0o644)).toThrow(/ENOENT/);
  });

  test('tokens by their shape, whatever the variable\'s name', () => {
    const marker = join(folder, 'shapes');
    leaveSecrets(marker, { WORD: 'ghp_abcdefghijkl', PLAIN: 'nothing-secret', CERT: '-----BEGIN PRIVATE KEY-----\nabc' });
    const censor = new Censor(new Secrets({ ...options, secretDirectories: [] }, [marker], log).current());
    expect(Buffer.concat([Buffer.from(censor.push(Buffer.from('ghp_abcdefghijkl nothing-secret'))), censor.end()]).toString()).toBe('XXXXXXXXXXXXXXXX nothing-secret');
  });

  test('projected and CSI volumes, as entrypoint sees them', () => {
    const mountinfo = [
      '22 1 0:21 / / rw - overlay overlay rw', '23 22 0:22 / /var/run/secrets/kubernetes.io/serviceaccount ro,relatime - tmpfs tmpfs rw', `24 22 0:23 / ${join(folder, 'two words').replace(' ', '\\040')} ro - tmpfs tmpfs rw`,
      '25 22 0:24 / /dev/shm ro - tmpfs shm rw', '26 22 0:25 / /cache rw - tmpfs tmpfs rw', '27 22 8:1 /config /config ro - ext4 /dev/sda rw', 'nonsense', '',
    ].join('\n');
    expect(secretMounts(mountinfo)).toEqual(['/var/run/secrets/kubernetes.io/serviceaccount', join(folder, 'two words')]);
    const volume = join(folder, 'two words');
    mkdirSync(join(volume, '..2026'), { recursive: true });
    writeFileSync(join(volume, '..2026', 'token'), 'projected-token\n');
    symlinkSync('..2026/token', join(volume, 'token'));
    writeFileSync(join(volume, 'namespace'), 'test-pods');
    writeFileSync(join(volume, 'empty'), '');
    const texts = fileTexts([volume, join(folder, 'absent')]);
    expect(texts).toEqual(['projected-token\n']);
    const marker = join(folder, 'mounted');
    leaveSecrets(marker, { JOB_SPEC: '{}' }, [...texts, 'short']);
    const censor = new Censor(new Secrets({ ...options, secretDirectories: [] }, [marker], log).current());
    expect(Buffer.concat([Buffer.from(censor.push(Buffer.from('projected-token short test-pods'))), censor.end()]).toString()).toBe('XXXXXXXXXXXXXXX short test-pods');
  });
});
