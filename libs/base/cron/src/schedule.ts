import type { Field } from './fields.ts';
import { instantOf, type TimeZone } from './time-zone.ts';

/** When something fires. */
export interface Schedule {
  /** The first time (unix milliseconds, a whole second) after the given one; null when there is none within five years. */
  nextAfter(unixMs: number): number | null;
}

export interface CalendarFields {
  second: Field;
  minute: Field;
  hour: Field;
  day: Field;
  month: Field;
  weekday: Field;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const yearsAhead = 5;

/** Fires at the civil times that fulfil all fields; of two restricted day fields, either is enough. */
export class CalendarSchedule implements Schedule {
  readonly #fields: CalendarFields;
  readonly #zone: TimeZone;

  constructor(fields: CalendarFields, zone: TimeZone) {
    this.#fields = fields;
    this.#zone = zone;
  }

  nextAfter(unixMs: number): number | null {
    const { second, minute, hour, month } = this.#fields;
    let at = (Math.floor(unixMs / secondMs) + 1) * secondMs;
    const lastYear = this.#local(at).getUTCFullYear() + yearsAhead;
    // Each step goes to the next beginning of a unit that does not fit, and looks again from the largest unit down.
    for (let local = this.#local(at); local.getUTCFullYear() <= lastYear; local = this.#local(at)) {
      if (!month.values.has(local.getUTCMonth() + 1)) at = this.#startOf(local, 1);
      else if (!this.#isDay(local)) at = this.#startOf(local, 0, 1);
      else if (!hour.values.has(local.getUTCHours())) at = this.#nextHour(at, local);
      else if (!minute.values.has(local.getUTCMinutes())) at = (Math.floor(at / minuteMs) + 1) * minuteMs;
      else if (!second.values.has(local.getUTCSeconds())) at += secondMs;
      else return at;
    }
    return null;
  }

  /** The civil time, in a Date's UTC fields. */
  #local(unixMs: number): Date {
    return new Date(unixMs + this.#zone.offsetMs(unixMs));
  }

  /** The first instant of the day or month so many ahead. Where clocks skip midnight, the day begins when they go on. */
  #startOf(local: Date, monthsAhead: number, daysAhead?: number): number {
    const day = daysAhead === undefined ? 1 : local.getUTCDate() + daysAhead;
    const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + monthsAhead, day);
    const at = instantOf(midnight, this.#zone);
    const hour = this.#local(at).getUTCHours();
    return hour > 12 ? at + (24 - hour) * hourMs : at;
  }

  #nextHour(unixMs: number, local: Date): number {
    const intoHourMs = local.getUTCMinutes() * minuteMs + local.getUTCSeconds() * secondMs;
    return unixMs - intoHourMs + hourMs;
  }

  #isDay(local: Date): boolean {
    const { day, weekday } = this.#fields;
    const isDay = day.values.has(local.getUTCDate());
    const isWeekday = weekday.values.has(local.getUTCDay());
    return day.isStar || weekday.isStar ? isDay && isWeekday : isDay || isWeekday;
  }
}

/** Fires every so many whole seconds after the given time, at least every second. */
export class IntervalSchedule implements Schedule {
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = Math.max(secondMs, Math.floor(everyMs / secondMs) * secondMs);
  }

  nextAfter(unixMs: number): number {
    return Math.floor(unixMs / secondMs) * secondMs + this.#everyMs;
  }
}
