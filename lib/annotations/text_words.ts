import { foldText } from "../retrieval/words/fold_text.ts";

/** A word of a text and where it stands. */
export interface TextWord {
  /** Folded: lower case, without accents. */
  readonly word: string;
  /** Index of its first character. */
  readonly start: number;
  /** Index after its last character. */
  readonly end: number;
}

/** The words of a text, a run of letters and digits each; `'s` is no word of its own. */
export function textWords(text: string): TextWord[] {
  return [...text.normalize("NFC").matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map((match) => ({
    word: foldText(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const ARTICLES: ReadonlySet<string> = new Set(["a", "an", "the"]);

/** The folded words of a name, without an article at its beginning. */
export function nameWords(name: string): string[] {
  const words = textWords(name).map(({ word }) => word);
  return words.length > 1 && ARTICLES.has(words[0]) ? words.slice(1) : words;
}

/**
 * The part of a text that has the words of a name one after the other, as it stands there; null when
 * there is none. Case, accents and punctuation are ignored.
 *
 * @param gap words that may stand between two words of the name
 */
export function findName(name: string, text: string, gap = 0): string | null {
  const wanted = nameWords(name);
  if (wanted.length === 0) return null;
  const whole = text.normalize("NFC");
  const words = textWords(whole);
  for (let first = 0; first + wanted.length <= words.length; first++) {
    if (words[first].word !== wanted[0]) continue;
    let last = first;
    let left = gap;
    let next = 1;
    while (next < wanted.length && last + 1 < words.length) {
      last++;
      if (words[last].word === wanted[next]) next++;
      else if (--left < 0) break;
    }
    if (next < wanted.length) continue;
    const before = words[first - 1];
    const isWhole = before !== undefined && ARTICLES.has(before.word) &&
      before.word === textWords(name)[0]?.word;
    return withBracket(whole, isWhole ? before.start : words[first].start, words[last].end);
  }
  return null;
}

/** A part of a text, with the bracket that closes one opened in it. */
function withBracket(text: string, start: number, end: number): string {
  const part = text.slice(start, end);
  return text[end] === ")" && part.lastIndexOf("(") > part.lastIndexOf(")") ? `${part})` : part;
}

/** A title without what stands in brackets at its end: `Devotion` of `Devotion (1929 film)`. */
export function plainTitle(title: string): string {
  const plain = title.replace(/\s*\([^()]*\)?\s*$/, "").trim();
  return plain === "" ? title : plain;
}

/** True if two names have the same words. */
export function sameName(one: string, other: string): boolean {
  return nameWords(one).join(" ") === nameWords(other).join(" ");
}
