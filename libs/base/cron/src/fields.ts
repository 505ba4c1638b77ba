import { ProwError } from '@prow/base-errors';

/** What one field of a cron expression may hold. */
export interface FieldRange {
  min: number;
  max: number;
  names?: ReadonlyMap<string, number>;
}

const numbered = (names: string, from: number): ReadonlyMap<string, number> => new Map(names.split(' ').map((name, index) => [name, index + from]));

export const secondRange: FieldRange = { min: 0, max: 59 };
export const minuteRange: FieldRange = { min: 0, max: 59 };
export const hourRange: FieldRange = { min: 0, max: 23 };
export const dayRange: FieldRange = { min: 1, max: 31 };
export const monthRange: FieldRange = { min: 1, max: 12, names: numbered('jan feb mar apr may jun jul aug sep oct nov dec', 1) };
export const weekdayRange: FieldRange = { min: 0, max: 6, names: numbered('sun mon tue wed thu fri sat', 0) };

/** The values a field allows. */
export interface Field {
  readonly values: ReadonlySet<number>;
  /** Whether the field was `*` or `?`: then the other of the two day fields decides alone. */
  readonly isStar: boolean;
}

/** Reads lists such as `1,2-5,10/20,MON` as robfig's cron v3 does, with its error texts. Empty parts between commas are left out. */
export function parseField(text: string, range: FieldRange): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const part of text.split(',')) {
    if (part === '') continue;
    if (addPart(part, range, values)) isStar = true;
  }
  return { values, isStar };
}

/** @returns whether the part was a star without a step */
function addPart(part: string, range: FieldRange, values: Set<number>): boolean {
  const [rangeText = '', stepText, ...moreSteps] = part.split('/');
  const [lowText = '', highText, ...moreHighs] = rangeText.split('-');
  let start: number;
  let end: number;
  let isStar = false;
  if (lowText === '*' || lowText === '?') {
    [start, end] = [range.min, range.max];
    isStar = true;
  } else {
    start = parseNameOrNumber(lowText, range);
    if (moreHighs.length > 0) throw cronError(`too many hyphens: ${part}`, part);
    end = highText === undefined ? start : parseNameOrNumber(highText, range);
  }
  let step = 1;
  if (moreSteps.length > 0) throw cronError(`too many slashes: ${part}`, part);
  if (stepText !== undefined) {
    step = parseNumber(stepText);
    // "N/step" means from N to the end of the range.
    if (highText === undefined && !isStar) end = range.max;
    if (step > 1) isStar = false;
  }
  if (start < range.min) throw cronError(`beginning of range (${start}) below minimum (${range.min}): ${part}`, part);
  if (end > range.max) throw cronError(`end of range (${end}) above maximum (${range.max}): ${part}`, part);
  if (start > end) throw cronError(`beginning of range (${start}) beyond end of range (${end}): ${part}`, part);
  if (step === 0) throw cronError(`step of range should be a positive number: ${part}`, part);
  for (let value = start; value <= end; value += step) values.add(value);
  return isStar;
}

function parseNameOrNumber(text: string, { names }: FieldRange): number {
  return names?.get(text.toLowerCase()) ?? parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw cronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`, text);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw cronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`, text);
  if (value < 0) throw cronError(`negative number (${value}) not allowed: ${text}`, text);
  return value;
}

export function cronError(message: string, found: string): ProwError {
  return new ProwError('PROW_CRON_SYNTAX', message, {
    details: { found: found.slice(0, 200), expected: '[second] minute hour day month weekday, @daily or the like, or @every 1h30m; UTC unless TZ=Area/City stands in front' },
    httpStatus: 400,
  });
}
