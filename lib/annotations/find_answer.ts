import { countryOf, findCountry } from "./countries.ts";
import { dateOf, datesIn, sameDate } from "./dates.ts";
import { findName, nameWords } from "./text_words.ts";

/** Words that may stand between two words of a person's name, such as further given names. */
const NAME_GAP = 3;

/**
 * The part of a text that says an answer, as it stands there: word for word, a date in another way of
 * writing, a country by its people, a name with further names between. Null when the text does not say
 * it.
 *
 * @example
 * ```ts
 * import { findAnswer } from "@potstill/annotations/find_answer.ts";
 * const found = findAnswer("October 5, 1987", "(born 5 October 1987)");
 * if (found !== "5 October 1987") throw new Error("not found");
 * ```
 */
export function findAnswer(answer: string, text: string): string | null {
  const literal = findName(answer, text);
  if (literal !== null) return literal;
  const date = dateOf(answer);
  if (date !== null) {
    return datesIn(text).find((other) => sameDate(date, other))?.text ?? null;
  }
  const country = countryOf(answer);
  if (country !== null) return findCountry(country, text);
  return nameWords(answer).length > 1 ? findName(answer, text, NAME_GAP) : null;
}
