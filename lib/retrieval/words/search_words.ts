import { foldText, isAscii } from "./fold_text.ts";

/** Scripts that do not part words by spaces, or (Hangul) not words from their endings. */
const UNSEGMENTED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}" +
  "\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Hangul}ー々";

/** A run of unsegmented script; a run of letters, signs of letters and digits; one pictograph. */
const RUN = new RegExp(
  `([${UNSEGMENTED}][${UNSEGMENTED}\\p{M}]*)|` +
    `((?:(?![${UNSEGMENTED}])[\\p{L}\\p{M}\\p{N}])+)|` +
    "(\\p{Extended_Pictographic}|\\p{Regional_Indicator}{2})",
  "gu",
);

/** A letter of a run with its signs. */
const LETTER = /\p{M}*[^\p{M}]\p{M}*|\p{M}+/gu;

/** Longest word, in UTF-16 units; of longer ones this much counts. */
const MAX_WORD = 100;

/**
 * English words that say little about a text's subject.
 *
 * @source the stop words of Lucene's English analyzer
 */
const STOP_WORDS = new Set(
  ("a an and are as at be but by for if in into is it no not of on or such that the their then " +
    "there these they this to was will with").split(" "),
);

/** Prefix of the joined words of a title, which form a word of its own. */
const TITLE = "=";

/**
 * The words by which a passage is found, parted by spaces: folded ({@link foldText}), in scripts without
 * spaces each letter and each pair of neighbours, and the whole title as one word more, with and
 * without what stands in brackets at its end.
 */
export function passageWords(title: string, text: string): string {
  const words = [title, text].flatMap((part) => wordsOf(part, true));
  const titles = new Set(
    [title, title.trimEnd().replace(/(?<!\s)\s*\([^()]*\)$/u, "")].map(titleWord),
  );
  return [...titles].filter((word) => word !== TITLE).concat(words).join(" ");
}

/**
 * The words of a query, likewise. English stop words are left out unless there are no others: "The Who"
 * and "to be or not to be" are searched for as they are.
 *
 * @returns an empty text when the query has no word
 *
 * @example
 * ```ts
 * import { queryWords } from "@potstill/retrieval/words/search_words.ts";
 * if (queryWords("The Café") !== "=the_cafe cafe") throw new Error(queryWords("The Café"));
 * if (queryWords("It?") !== "=it it") throw new Error(queryWords("It?"));
 * ```
 */
export function queryWords(query: string): string {
  const words = wordsOf(query);
  if (words.length === 0) return "";
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return [titleWord(query), ...telling.length === 0 ? words : telling].join(" ");
}

function titleWord(title: string): string {
  return cut(TITLE + wordsOf(title).join("_"));
}

function cut(word: string): string {
  return word.length > MAX_WORD ? word.slice(0, MAX_WORD) : word;
}

/**
 * The words of a text, folded; in scripts without spaces each pair of neighbouring letters.
 *
 * @param withLetters give the single letters of such pairs too. @default false
 */
export function wordsOf(text: string, withLetters: boolean = false): string[] {
  const folded = foldText(text);
  if (isAscii(folded)) return (folded.match(/[a-z0-9]+/g) ?? []).map(cut);
  const words: string[] = [];
  for (const [, unsegmented, word, picture] of folded.matchAll(RUN)) {
    if (unsegmented === undefined) words.push(cut(word ?? picture));
    else for (const pair of pairs(unsegmented, withLetters)) words.push(pair);
  }
  return words;
}

/** Each two neighbouring letters; a letter that stands alone; with `withLetters` the others too. */
function pairs(run: string, withLetters: boolean): string[] {
  const letters = run.match(LETTER) ?? [];
  const found = letters.slice(1).map((letter, i) => letters[i] + letter);
  return withLetters || letters.length === 1 ? [...found, ...letters] : found;
}
