import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HookSettings } from './flags.ts';

/**
 * Where deliveries are kept. Without --data-dir it is a folder in the temporary folder that is the same for the same
 * configuration, so that a restart after a crash finishes what was begun.
 */
export function inboxFolder(settings: Pick<HookSettings, 'dataDir' | 'configPath' | 'pluginConfig' | 'kubeconfig'>): { dir: string; isTemporary: boolean } {
  if (settings.dataDir !== undefined && settings.dataDir !== '') return { dir: join(settings.dataDir, 'inbox'), isTemporary: false };
  const parts = [settings.configPath, settings.pluginConfig ?? '', settings.kubeconfig ?? ''].map((path) => resolve(path));
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return { dir: join(tmpdir(), `prow-hook-${process.getuid?.() ?? 0}`, key, 'inbox'), isTemporary: true };
}
