import { randomBytes } from 'node:crypto';

/** A token in GitHub's form: `ghp_…` of a person, `ghs_…` of an installation. */
export function newToken(prefix: 'ghp' | 'ghs' = 'ghp'): string {
  return `${prefix}_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
}
