/** The part of `Headers` that is read. */
export interface HeaderReader {
  /** The header's value, or null. */
  get(name: string): string | null;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1000,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
};

/**
 * Waiting time that an answer asks for, in milliseconds: `Retry-After-Ms`, else `Retry-After` as
 * seconds (with a unit, where a server writes one) or as a date. Null when it names none that can
 * be read. It may be any length: the caller sets a limit.
 *
 * @param nowMs the present time, in milliseconds since 1970
 * @source RFC 9110, section 10.2.3
 */
export function retryAfterMs(headers: HeaderReader | undefined, nowMs: number): number | null {
  const ms = duration(headers?.get("retry-after-ms"), "ms");
  if (ms !== null) return ms;
  const text = headers?.get("retry-after");
  const wait = duration(text, "");
  if (wait !== null) return wait;
  // Without the name of a day any word with a number in it would be a date.
  const date = /^\s*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s/i.test(text ?? "")
    ? Date.parse(text!)
    : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

function duration(text: string | null | undefined, unit: string): number | null {
  const match = /^\s*(\d+(?:\.\d*)?(?:e\+?\d+)?)\s*([a-z]*)\s*$/i.exec(text?.slice(0, 100) ?? "");
  if (match === null) return null;
  const factor = UNIT_MS[match[2].toLowerCase() || unit];
  const value = Number(match[1]) * factor;
  return Number.isFinite(value) ? value : null;
}

/**
 * Waiting time in the text of an error, in milliseconds ("Please try again in 1m30.5s"); null when
 * it has none. Some endpoints, Gemini among them, state it nowhere else.
 */
export function waitInText(text: string): number | null {
  const match = /\b(?:try again|retry) (?:in|after) ~?((?:\d+(?:\.\d+)?\s?[a-z]+ ?){1,3})/i
    .exec(text.slice(0, 2000));
  const parts = match?.[1].match(/\d+(?:\.\d+)?\s?[a-z]+/gi)?.map((part) => duration(part, "")) ??
    [];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms);
}

/** Backoff between tries, in milliseconds. */
export interface BackoffOptions {
  /** Mean wait after the first failure. @default 500 */
  readonly baseMs?: number;
  /** Longest wait. @default 30000 */
  readonly maxMs?: number;
}

/**
 * Exponential backoff with jitter: after failure number `failures` (from 1) a wait between half and
 * one and a half times `base * 2^(failures - 1)`, so that clients that failed together do not come
 * back together.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, random: number, options: BackoffOptions = {}): number {
  const { baseMs = 500, maxMs = 30_000 } = options;
  return Math.min(maxMs, baseMs * 2 ** (failures - 1)) * (0.5 + random);
}
