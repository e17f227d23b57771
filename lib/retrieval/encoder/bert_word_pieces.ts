import { KEPT_MARKS, LATER_PUNCTUATION } from "./unicode_since_eight.ts";

/** Parts of `tokenizer.json` that cut a text as BERT does. */
export interface WordPieceParts {
  /** Ids by piece; those within a word begin with `continuing`. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Stands for a word that cannot be cut. */
  readonly unknown: string;
  /** Beginning of a piece within a word. */
  readonly continuing: string;
  /** Longest word that is cut, in letters. */
  readonly maxLetters: number;
  /** True if capital letters are lowered. */
  readonly lowercase: boolean;
  /** True if accents are left out. */
  readonly stripAccents: boolean;
  /** True if control characters are left out. */
  readonly cleanText: boolean;
  /** True if Chinese characters are words of their own. */
  readonly splitChinese: boolean;
  /** Ids of texts that are pieces as they stand, such as `[SEP]`. */
  readonly added: ReadonlyMap<string, number>;
}

/**
 * Cuts texts into BERT's word pieces exactly as Hugging Face's tokenizers do, whose Unicode tables are
 * those of version 8: signs that are newer are neither punctuation nor accents. The JavaScript library
 * goes by its engine's Unicode, and by the place of a sigma in its word.
 *
 * @source huggingface/tokenizers, `BertNormalizer`, `BertPreTokenizer`, `WordPiece`
 *
 * @example
 * ```ts
 * import { bertWordPieces } from "@potstill/retrieval/encoder/bert_word_pieces.ts";
 * const encode = bertWordPieces({
 *   vocab: { "[UNK]": 0, "asp": 1, "##en": 2 },
 *   unknown: "[UNK]",
 *   continuing: "##",
 *   maxLetters: 100,
 *   lowercase: true,
 *   stripAccents: true,
 *   cleanText: true,
 *   splitChinese: true,
 *   added: new Map(),
 * });
 * if (encode("Aspen tree").join() !== "1,2,0") throw new Error("not cut");
 * ```
 */
export function bertWordPieces(parts: WordPieceParts): (text: string) => number[] {
  const { vocab, added } = parts;
  const pieces = new Map(Object.entries(vocab));
  const unknown = pieces.get(parts.unknown);
  if (unknown === undefined) throw new Error(`its vocabulary has no ${parts.unknown}`);
  const known = new Map<string, readonly number[]>();
  const idsOf = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const ids = cut(word, pieces, parts) ?? [unknown];
    if (known.size < MOST_KNOWN) known.set(word, ids);
    return ids;
  };
  const marks = [...added.keys()].sort((a, b) => b.length - a.length).map(escapeRegExp).join("|");
  const split = marks === "" ? null : new RegExp(`(${marks})`);
  return (text) => {
    const ids: number[] = [];
    for (const part of split === null ? [text] : text.split(split)) {
      const id = added.get(part);
      if (id !== undefined) ids.push(id);
      else for (const word of words(normalized(part, parts))) ids.push(...idsOf(word));
    }
    return ids;
  };
}

/** Words whose pieces are remembered. */
const MOST_KNOWN = 50_000;

const CHINESE =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const CONTROL = /[^\P{C}\t\n\r\p{Cn}\p{Cs}]|[\0\ufffd]/gu;
const MARK = new RegExp(`(?![${KEPT_MARKS}])\\p{Mn}`, "gu");
const WORD = new RegExp(
  `(?![${LATER_PUNCTUATION}])[\\p{P}!-/:-@[-\`{-~]|(?:[^\\p{P}!-/:-@[-\`{-~\\p{White_Space}]|[${LATER_PUNCTUATION}])+`,
  "gu",
);

function normalized(text: string, parts: WordPieceParts): string {
  let result = text;
  if (parts.cleanText) result = result.replace(CONTROL, "").replace(/\p{White_Space}/gu, " ");
  if (parts.splitChinese) result = result.replace(CHINESE, " $& ");
  if (parts.stripAccents) result = result.normalize("NFD").replace(MARK, "");
  // Letter by letter: a sigma at the end of a word is lowered as any other.
  if (parts.lowercase) result = result.replace(/[^a-z0-9 ]/gu, (letter) => letter.toLowerCase());
  return result;
}

function words(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

/** Longest pieces first, from the left; null when a rest is no piece. */
function cut(
  word: string,
  pieces: ReadonlyMap<string, number>,
  { continuing, maxLetters }: WordPieceParts,
): number[] | null {
  const letters = [...word];
  if (letters.length > maxLetters) return null;
  const ids: number[] = [];
  for (let start = 0; start < letters.length;) {
    let end = letters.length;
    let id: number | undefined;
    for (; end > start; end--) {
      const piece = letters.slice(start, end).join("");
      id = pieces.get(start === 0 ? piece : continuing + piece);
      if (id !== undefined) break;
    }
    if (id === undefined) return null;
    ids.push(id);
    start = end;
  }
  return ids;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
