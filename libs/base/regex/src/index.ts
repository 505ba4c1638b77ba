export { compileRegex, quoteRegex } from './compile-regex.ts';
export type { RegexOptions } from './compile-regex.ts';
export { Regex } from './regex.ts';
export type { RegexMatch } from './regex.ts';
