// Writes configs/schemas/*.json from the shapes the configuration is read by; `--check` only tells whether they are
// as they should be.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../goldens/bundle.mjs';

const folder = fileURLToPath(new URL('../../configs/schemas/', import.meta.url));
const program = await bundle('apps/prow/src/schemas/index.ts');
try {
  const { schemas } = await import(pathToFileURL(program.path).href);
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas())) {
    const path = `${folder}${name}.schema.json`;
    const text = `${JSON.stringify(schema, null, 1)}\n`;
    if (process.argv.includes('--check')) {
      if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
        console.error(`${path} is not what the shapes say (mend: node tools/check/schemas.mjs)`);
        process.exitCode = 1;
      }
    } else writeFileSync(path, text);
  }
} finally {
  program.remove();
}
