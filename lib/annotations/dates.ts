/** A date as far as it is told. */
export interface PartialDate {
  /** Year of the common era. */
  readonly year: number;
  /** From 1; null where only the year is told. */
  readonly month: number | null;
  /** From 1; null where only year or month are told. */
  readonly day: number | null;
  /** The text that tells it. */
  readonly text: string;
}

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
] as const;

const MONTH = `(${MONTHS.join("|")}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\.?`;
const YEAR = "(\\d{3,4})";
const DAY = "(\\d{1,2})(?:st|nd|rd|th)?";
const DATE = new RegExp(
  [
    `\\b${DAY}\\s+(?:of\\s+)?${MONTH}\\s*,?\\s+${YEAR}\\b`,
    `\\b${MONTH}\\s+${DAY}\\s*,?\\s+${YEAR}\\b`,
    `\\b${MONTH}\\s*,?\\s+${YEAR}\\b`,
    "\\b(\\d{4})-(\\d{2})-(\\d{2})\\b",
    "\\b([12]\\d{3})\\b",
  ].join("|"),
  "gi",
);

/**
 * The dates of a text in their order: `5 October 1987`, `October 5, 1987`, `October 1987`, `1987-10-05`,
 * and years of four digits.
 *
 * @example
 * ```ts
 * import { datesIn } from "@potstill/annotations/dates.ts";
 * const [born] = datesIn("She was born on October 5, 1987.");
 * if (born.year !== 1987 || born.month !== 10 || born.day !== 5) throw new Error("misread");
 * ```
 */
export function datesIn(text: string): PartialDate[] {
  return [...text.matchAll(DATE)].map((match) => {
    const [whole, d1, m1, y1, m2, d2, y2, m3, y3, y4, m4, d4, y5] = match;
    const month = m1 ?? m2 ?? m3;
    return {
      year: Number(y1 ?? y2 ?? y3 ?? y4 ?? y5),
      month: month !== undefined ? monthOf(month) : m4 === undefined ? null : Number(m4),
      day: d1 ?? d2 ?? d4 ? Number(d1 ?? d2 ?? d4) : null,
      text: whole,
    };
  });
}

function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3).toLowerCase())) + 1;
}

/** The date that a text is, and nothing else; null when it is none. */
export function dateOf(text: string): PartialDate | null {
  const dates = datesIn(text);
  const rest = dates.reduce((left, date) => left.replace(date.text, ""), text);
  return dates.length === 1 && !/[\p{L}\p{N}]/u.test(rest) ? dates[0] : null;
}

/** True if two dates are the same, as far as both tell. */
export function sameDate(one: PartialDate, other: PartialDate): boolean {
  return one.year === other.year && one.month === other.month && one.day === other.day;
}
