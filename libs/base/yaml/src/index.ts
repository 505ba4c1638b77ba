export { decodeText, parseYaml, YamlError } from './parse-yaml.ts';
export type { YamlLimits, YamlPosition } from './parse-yaml.ts';
export { resolveScalar } from './resolve-scalar.ts';
export type { PlainScalar } from './resolve-scalar.ts';
export { createLocator, excerptOf } from './locate.ts';
export type { YamlLocator } from './locate.ts';
