/** Letters that no decomposition takes apart, with what people type for them. */
const LETTERS: Readonly<Record<string, string>> = {
  "ß": "ss",
  "æ": "ae",
  "œ": "oe",
  "ø": "o",
  "đ": "d",
  "ð": "d",
  "þ": "th",
  "ł": "l",
  "ħ": "h",
  "ŋ": "n",
  "ŧ": "t",
  "ı": "i",
  "ĸ": "k",
  "ə": "e",
  "ς": "σ",
  "ى": "ي",
  "ی": "ي",
  "ک": "ك",
  "ة": "ه",
  "ـ": "",
};

const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

/**
 * Signs that are written or left out at will, after a letter of a script in which they are: accents of
 * Latin, Greek and Cyrillic letters, Arabic harakat, Hebrew points. Vowel signs of Indic scripts and
 * of Thai are part of the word.
 */
const ACCENTS =
  /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\d])\p{M}+/gu;

/** Invisible signs: soft hyphen, joiners, directions, variation selectors, byte order mark. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]/gu;

/**
 * A text in one way of writing it: compatibility forms resolved (NFKC), in lower case, without accents
 * where they are optional (`Beyoncé` as `beyonce`, `Straße` as `strasse`, pointed Hebrew as plain),
 * without invisible signs.
 *
 * @source Unicode Technical Report 30 (character foldings), and for Arabic Larkey, Ballesteros and
 *   Connell, "Improving stemming for Arabic information retrieval", SIGIR 2002
 *
 * @example
 * ```ts
 * import { foldText } from "@potstill/retrieval/words/fold_text.ts";
 * if (foldText("Ame\u0301lie") !== foldText("AMÉLIE")) throw new Error("not the same");
 * ```
 */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text.replace(INVISIBLE, "").normalize("NFKD").toLowerCase().replace(ACCENTS, "$1")
    .replace(SPECIAL, (letter) => LETTERS[letter]).normalize("NFC");
}

/** True if all letters of a text are English ones; most passages can be read faster so. */
export function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
