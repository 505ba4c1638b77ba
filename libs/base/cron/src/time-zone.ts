import { cronError } from './fields.ts';

/** A place's civil time. */
export interface TimeZone {
  /** What to add to UTC to get local time, at an instant in unix milliseconds. */
  offsetMs(unixMs: number): number;
}

export const utc: TimeZone = { offsetMs: () => 0 };

/** @param name of the IANA database. @throws ProwError PROW_CRON_SYNTAX */
export function findTimeZone(name: string): TimeZone {
  if (name === 'UTC' || name === '') return utc;
  let format: Intl.DateTimeFormat;
  try {
    if (!/^[A-Za-z]/.test(name)) throw new RangeError('not a name');
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw cronError(`provided bad location ${name}: unknown time zone ${name}`, name);
  }
  return {
    offsetMs: (unixMs) => {
      const wholeSecond = Math.floor(unixMs / 1000) * 1000;
      const parts = new Map(format.formatToParts(wholeSecond).map(({ type, value }) => [type, Number(value)]));
      const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - wholeSecond;
    },
  };
}

/** The instant of a civil time that Go's time.Date chooses, also where clocks are set forward or back. */
export function instantOf(localMs: number, zone: TimeZone): number {
  const firstGuess = localMs - zone.offsetMs(localMs);
  return localMs - zone.offsetMs(firstGuess);
}
