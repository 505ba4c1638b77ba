// What is bundled, and how. Everything a person can start is dist/NAME/main.js.
import { existsSync, readdirSync } from 'node:fs';

/** Programs of their own that are not an app's `main.ts`: bundle name → source, from the workspace root. */
const extraPrograms = {
  // `prow run kube` and `prow run github`: the two local halves of apps/local, each alone.
  kube: 'apps/local/src/kube.main.ts',
  github: 'apps/local/src/github.main.ts',
};

/** Apps bundled in a way of their own: pod-utils by pod-utils.mjs. */
const selfContained = 'pod-utils';
const browser = 'deck-web';

/** @returns {{programs: Record<string, string>, web: Record<string, string>}} */
export function entriesOf(root) {
  const programs = {};
  for (const name of readdirSync(`${root}apps`).toSorted()) {
    if (name === selfContained || name === browser) continue;
    if (existsSync(`${root}apps/${name}/src/main.ts`)) programs[name] = `apps/${name}/src/main.ts`;
  }
  for (const [name, source] of Object.entries(extraPrograms)) if (existsSync(root + source)) programs[name] = source;
  const web = existsSync(`${root}apps/${browser}/src/main.tsx`) ? { [`${browser}/main`]: `apps/${browser}/src/main.tsx` } : {};
  return { programs, web };
}
