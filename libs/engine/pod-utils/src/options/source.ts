// Where a utility's options come from: one environment variable with JSON, else flags.
import { durationMs } from '@prow/base-time';
import { Fields, fieldsOfJson } from './decode.ts';
import { parseGoFlags } from './go-flags.ts';
import type { FlagSpec } from './go-flags.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OptionSource {
  env: Environment;
  argv: readonly string[];
}

const nanosecondsPerMs = 1e6;

/**
 * The fields of `variable`, overlaid with the flags given (a pod made by upstream's plank passes both: the cookie file
 * as a flag, all else in the variable).
 * @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_FLAG
 */
export function readOptions({ env, argv }: OptionSource, variable: string, flags: Readonly<Record<string, FlagSpec>>): { fields: Fields; rest: string[] } {
  const { values, rest } = parseGoFlags(argv, flags, (text) => durationMs(text) * nanosecondsPerMs);
  const text = env[variable];
  if (text === undefined || text === '') return { fields: new Fields(values, 'flags'), rest };
  return { fields: new Fields({ ...fieldsOfJson(text, variable).raw(), ...values }, variable), rest };
}
