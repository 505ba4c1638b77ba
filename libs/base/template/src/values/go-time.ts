import { formatGoDuration } from '@prow/base-time';
import { goBool, goInt, goString, goTime, type BasicType } from './go-type.ts';
import { isZeroTime, type GoValue } from './go-value.ts';

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthType: BasicType = { kind: 'int', name: 'time.Month', text: (value) => months[Number(value) - 1] ?? `%!Month(${String(value)})` };
const weekdayType: BasicType = { kind: 'int', name: 'time.Weekday', text: (value) => weekdays[Number(value)] ?? `%!Weekday(${String(value)})` };
const durationType: BasicType = { kind: 'int', name: 'time.Duration', text: (value) => formatGoDuration(BigInt(value)) };

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** What time.Time's String method gives in UTC. */
export function timeText(date: Date): string {
  return formatTime(date, '2006-01-02 15:04:05.999999999 -0700 MST');
}

type TimeMethod = (date: Date, args: readonly GoValue[]) => GoValue;
const int = (value: number): GoValue => ({ type: goInt, value: BigInt(value) });

/** Methods of time.Time that templates use; all times are UTC. */
export const timeMethods: ReadonlyMap<string, { argumentKinds: readonly ('string' | 'time' | 'int')[]; call: TimeMethod }> = new Map(
  Object.entries({
    Year: method((date) => int(date.getUTCFullYear())),
    Month: method((date) => ({ type: monthType, value: BigInt(date.getUTCMonth() + 1) })),
    Day: method((date) => int(date.getUTCDate())),
    Hour: method((date) => int(date.getUTCHours())),
    Minute: method((date) => int(date.getUTCMinutes())),
    Second: method((date) => int(date.getUTCSeconds())),
    Nanosecond: method((date) => int(date.getUTCMilliseconds() * 1e6)),
    Weekday: method((date) => ({ type: weekdayType, value: BigInt(date.getUTCDay()) })),
    YearDay: method((date) => int(dayOfYear(date))),
    Unix: method((date) => int(Math.floor(date.getTime() / 1000))),
    UnixMilli: method((date) => int(date.getTime())),
    UnixNano: method((date) => ({ type: goInt, value: BigInt(date.getTime()) * 1_000_000n })),
    UTC: method((date) => ({ type: goTime, value: date })),
    Local: method((date) => ({ type: goTime, value: date })),
    String: method((date) => ({ type: goString, value: timeText(date) })),
    IsZero: method((date) => ({ type: goBool, value: isZeroTime(date) })),
    Format: method((date, [layout]) => ({ type: goString, value: formatTime(date, String(layout?.value)) }), ['string']),
    Before: method((date, [other]) => ({ type: goBool, value: date < timeOf(other) }), ['time']),
    After: method((date, [other]) => ({ type: goBool, value: date > timeOf(other) }), ['time']),
    Equal: method((date, [other]) => ({ type: goBool, value: date.getTime() === timeOf(other).getTime() }), ['time']),
    Sub: method((date, [other]) => ({ type: durationType, value: BigInt(date.getTime() - timeOf(other).getTime()) * 1_000_000n }), ['time']),
    Add: method((date, [duration]) => ({ type: goTime, value: new Date(date.getTime() + Number(BigInt(duration?.value as bigint) / 1_000_000n)) }), ['int']),
  }),
);

/** Arguments were checked by the caller. */
function timeOf(value: GoValue | undefined): Date {
  return value?.value instanceof Date ? value.value : new Date(Number.NaN);
}

function method(call: TimeMethod, argumentKinds: readonly ('string' | 'time' | 'int')[] = []): { argumentKinds: readonly ('string' | 'time' | 'int')[]; call: TimeMethod } {
  return { argumentKinds, call };
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

const layoutPiece = /January|Jan|Monday|Mon|MST|2006|__2|_2|002|01|02|03|04|05|06|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)|[12345]/g;

/** Go's Time.Format, in UTC. */
export function formatTime(date: Date, layout: string): string {
  const hour = date.getUTCHours();
  return layout.replace(layoutPiece, (piece) => {
    switch (piece) {
      case 'January': return months[date.getUTCMonth()] ?? '';
      case 'Jan': return (months[date.getUTCMonth()] ?? '').slice(0, 3);
      case 'Monday': return weekdays[date.getUTCDay()] ?? '';
      case 'Mon': return (weekdays[date.getUTCDay()] ?? '').slice(0, 3);
      case 'MST': return 'UTC';
      case '2006': return pad(date.getUTCFullYear(), 4);
      case '06': return pad(date.getUTCFullYear() % 100, 2);
      case '01': return pad(date.getUTCMonth() + 1, 2);
      case '1': return String(date.getUTCMonth() + 1);
      case '02': return pad(date.getUTCDate(), 2);
      case '_2': return String(date.getUTCDate()).padStart(2);
      case '2': return String(date.getUTCDate());
      case '002': return pad(dayOfYear(date), 3);
      case '__2': return String(dayOfYear(date)).padStart(3);
      case '15': return pad(hour, 2);
      case '03': return pad(hour % 12 || 12, 2);
      case '3': return String(hour % 12 || 12);
      case '04': return pad(date.getUTCMinutes(), 2);
      case '4': return String(date.getUTCMinutes());
      case '05': return pad(date.getUTCSeconds(), 2);
      case '5': return String(date.getUTCSeconds());
      case 'PM': return hour < 12 ? 'AM' : 'PM';
      case 'pm': return hour < 12 ? 'am' : 'pm';
      default: return zoneOrFraction(date, piece);
    }
  });
}

function zoneOrFraction(date: Date, piece: string): string {
  if (piece.startsWith('Z')) return 'Z';
  if (piece.startsWith('-')) return piece.replace('-', '+').replaceAll(/\d/g, '0');
  const digits = `${pad(date.getUTCMilliseconds(), 3)}000000`.slice(0, piece.length - 1);
  if (piece[1] === '0') return `${piece[0] ?? ''}${digits}`;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : `${piece[0] ?? ''}${trimmed}`;
}
