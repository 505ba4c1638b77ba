// Jest transformer: TypeScript to JavaScript with esbuild (types are checked by `npm run typecheck`).
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { transformSync, version } from 'esbuild';

const loaderOf = { '.ts': 'ts', '.tsx': 'tsx' };

export default {
  getCacheKey(source, file, options) {
    return createHash('sha1')
      .update([version, source, file, options.configString, String(options.supportsStaticESM)].join('\0'))
      .digest('hex');
  },
  process(source, file, options) {
    return transformSync(source, {
      loader: loaderOf[extname(file)] ?? 'js',
      format: options.supportsStaticESM ? 'esm' : 'cjs',
      target: 'node20',
      sourcefile: file,
      sourcemap: 'inline',
      jsx: 'automatic',
      jsxImportSource: 'preact',
    });
  },
};
