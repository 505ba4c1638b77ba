// File helpers of the checks, relative to the workspace root.
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const existsSync = (path) => fs.existsSync(root + path);
export const readFileSync = (path) => fs.readFileSync(root + path, 'utf8');
export const writeFileSync = (path, text) => fs.writeFileSync(root + path, text);
export const readdirSync = (path, options) => (fs.existsSync(root + path) ? fs.readdirSync(root + path, options) : []);

/** Folders exactly `depth` levels below `top`. */
export function globSync(top, depth) {
  if (depth === 0) return [top];
  return fs
    .readdirSync(root + top, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .flatMap((entry) => globSync(`${top}/${entry.name}`, depth - 1));
}
