export { booleanFlag, durationFlag, integerFlag, stringFlag, stringListFlag } from './flag.ts';
export type {
  BooleanFlagOptions,
  DurationFlagOptions,
  Flag,
  Flags,
  FlagValues,
  IntegerFlagOptions,
  SingleFlagOptions,
  StringListFlagOptions,
} from './flag.ts';
export { flagDefaults, parseFlags } from './parse-flags.ts';
export type { ParsedFlags, ParseOptions } from './parse-flags.ts';
export { helpText } from './help-text.ts';
export type { Program } from './help-text.ts';
