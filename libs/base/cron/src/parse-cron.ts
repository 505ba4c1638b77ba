import { messageOf } from '@prow/base-errors';
import { durationMs } from '@prow/base-time';
import { cronError, dayRange, hourRange, minuteRange, monthRange, parseField, secondRange, weekdayRange } from './fields.ts';
import { CalendarSchedule, IntervalSchedule, type Schedule } from './schedule.ts';
import { findTimeZone, utc, type TimeZone } from './time-zone.ts';

const descriptors = new Map([
  ['@yearly', '0 0 0 1 1 *'],
  ['@annually', '0 0 0 1 1 *'],
  ['@monthly', '0 0 0 1 * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@daily', '0 0 0 * * *'],
  ['@midnight', '0 0 0 * * *'],
  ['@hourly', '0 0 * * * *'],
]);
const maxLength = 1000;

/**
 * Reads a cron expression as robfig's cron v3 does with optional seconds and descriptors, which is how upstream reads
 * the `cron` of periodics: `[second] minute hour day month weekday`, `@daily`, `@every 1h30m`, all in UTC unless
 * `TZ=Area/City ` or `CRON_TZ=Area/City ` stands in front.
 *
 * upstream: pkg/cron/cron.go
 * @throws ProwError PROW_CRON_SYNTAX with robfig's own text
 */
export function parseCron(expression: string): Schedule {
  if (expression.length > maxLength) throw cronError(`expression of ${expression.length} characters is longer than ${maxLength}`, expression);
  if (expression === '') throw cronError('empty spec string', expression);
  let zone = utc;
  let rest = expression;
  if (/^(CRON_)?TZ=/.test(expression)) {
    const space = expression.indexOf(' ');
    if (space < 0) throw cronError(`a time zone, but no fields: ${expression}`, expression);
    zone = findTimeZone(expression.slice(expression.indexOf('=') + 1, space));
    rest = expression.slice(space).trim();
  }
  if (!rest.startsWith('@')) return calendar(rest, zone);
  if (rest.startsWith('@every ')) return new IntervalSchedule(intervalMs(rest));
  const fields = descriptors.get(rest);
  if (fields === undefined) throw cronError(`unrecognized descriptor: ${rest}`, expression);
  return calendar(fields, zone);
}

function calendar(text: string, zone: TimeZone): Schedule {
  const given = text.split(/\s+/u).filter((field) => field !== '');
  if (given.length !== 5 && given.length !== 6) throw cronError(`expected 5 to 6 fields, found ${given.length}: [${given.join(' ')}]`, text);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = given.length === 5 ? ['0', ...given] : given;
  return new CalendarSchedule(
    {
      second: parseField(second, secondRange),
      minute: parseField(minute, minuteRange),
      hour: parseField(hour, hourRange),
      day: parseField(day, dayRange),
      month: parseField(month, monthRange),
      weekday: parseField(weekday, weekdayRange),
    },
    zone,
  );
}

function intervalMs(text: string): number {
  try {
    return durationMs(text.slice('@every '.length));
  } catch (error) {
    throw cronError(`failed to parse duration ${text}: ${messageOf(error)}`, text);
  }
}
