import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProwError } from '@prow/base-errors';

/** The folder of this checkout, found upwards from this file: bundled or not, it lies below. */
export function checkoutDir(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); dir !== dirname(dir); dir = dirname(dir)) if (existsSync(join(dir, 'nx.json'))) return dir;
  throw new ProwError('PROW_LOCAL_CHECKOUT', `no checkout found above ${fileURLToPath(import.meta.url)}: nx.json marks its root`);
}
