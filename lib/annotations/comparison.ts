import { countryOf } from "./countries.ts";
import { datesIn, type PartialDate } from "./dates.ts";
import { pythonText } from "./python_text.ts";
import { sameName } from "./text_words.ts";

/** One side of a comparison: a candidate with what was found of it. */
export interface ComparedValue {
  /** The candidate, as the question names it. */
  readonly name: string;
  /** Relation of the value, such as `date of birth`. */
  readonly relation: string;
  /** The value as it was read. */
  readonly text: string;
}

/** A comparison as Python, with what it does in words. */
export interface Comparison {
  /** Clause that says what is compared. */
  readonly words: string;
  /** Python that ends with `final_answer`. */
  readonly code: string;
}

const LATER =
  /\b(?:later|younger|youngest|newer|newest|latest|last|more recent(?:ly)?|most recent(?:ly)?)\b/i;
const EARLIER = /\b(?:earlier|earliest|first|older|oldest|elder|eldest|before)\b/i;
const YES_NO = /^(?:are|is|was|were|do|does|did|has|have|had|can)\b/i;
const SAME = /\b(?:same|both|share[sd]?)\b/i;
const LONGER = /\b(?:lived?|live) (?:a )?(?:longer|shorter)\b/i;

/**
 * The comparison that a question asks for, worked out in Python: the earlier or later of two dates, the
 * longer of two lives, or whether all values are the same. Null when the question asks for none of them,
 * or a value cannot be read as a date.
 *
 * @example
 * ```ts
 * import { comparisonOf } from "@potstill/annotations/comparison.ts";
 * const relation = "date of birth";
 * const found = comparisonOf("Who is older, Ann or Bo?", [
 *   { name: "Ann", relation, text: "2 May 1950" },
 *   { name: "Bo", relation, text: "1949" },
 * ]);
 * if (!found?.code.includes("min(")) throw new Error("the older one was born first");
 * ```
 */
export function comparisonOf(
  question: string,
  values: readonly ComparedValue[],
): Comparison | null {
  const names = [...new Set(values.map(({ name }) => name))];
  if (names.length < 2) return null;
  if (YES_NO.test(question.trim()) && SAME.test(question)) return sameness(values);
  if (LONGER.test(question)) return lifespans(question, names, values);
  const isLater = LATER.test(question);
  if (values.length !== names.length || isLater === EARLIER.test(question)) return null;
  const dates = values.map(({ text }) => datesIn(text)[0] ?? null);
  if (dates.some((date) => date === null)) return null;
  const written = asTuples(dates as PartialDate[]);
  const entries = values.map(({ name }, i) => `    ${pythonText(name)}: ${written[i]},`).join("\n");
  const choose = isLater ? "max" : "min";
  return {
    words: `I compare the dates and take the ${isLater ? "later" : "earlier"} one`,
    code: `dates = {\n${entries}\n}\nfinal_answer(${choose}(dates, key=dates.get))`,
  };
}

/** Dates as tuples that Python can compare: of years alone where one date has no more. */
function asTuples(dates: readonly PartialDate[]): string[] {
  const parts = dates.some(({ month }) => month === null)
    ? 1
    : dates.some(({ day }) => day === null)
    ? 2
    : 3;
  return dates.map(({ year, month, day }) => {
    const all = [year, month, day].slice(0, parts);
    return parts === 1 ? String(year) : `(${all.join(", ")})`;
  });
}

/** Whether all values are the same, countries by whatever name they have. */
function sameness(values: readonly ComparedValue[]): Comparison {
  const plain = values.map(({ text }) => countryOf(text) ?? text);
  const shown = plain.map((text) => plain.find((other) => sameName(other, text))!);
  const entries = values.map(({ name }, i) => `    ${pythonText(name)}: ${pythonText(shown[i])},`);
  return {
    words: "I compare the values",
    code: `values = {\n${entries.join("\n")}\n}\n` +
      'final_answer("yes" if len(set(values.values())) == 1 else "no")',
  };
}

/** The one who lived longer or shorter, of people with the dates of birth and death. */
function lifespans(
  question: string,
  names: readonly string[],
  values: readonly ComparedValue[],
): Comparison | null {
  const entries: string[] = [];
  for (const name of names) {
    const of = (relation: RegExp) =>
      values.find((value) => value.name === name && relation.test(value.relation));
    const [born, died] = [of(/birth/), of(/death/)].map((value) =>
      value === undefined ? undefined : datesIn(value.text)[0]
    );
    if (born === undefined || died === undefined) return null;
    const days = ({ year, month, day }: PartialDate) =>
      `${year} + ${(month ?? 1) - 1} / 12 + ${(day ?? 1) - 1} / 365`;
    entries.push(`    ${pythonText(name)}: (${days(died)}) - (${days(born)}),`);
  }
  const choose = /shorter/i.test(question) ? "min" : "max";
  return {
    words: "I work out how many years each lived",
    code: `years = {\n${entries.join("\n")}\n}\nfinal_answer(${choose}(years, key=years.get))`,
  };
}
