import type { JsonObject } from "./tokenizer_json.ts";

/** Stands for a space in SentencePiece's vocabularies. */
const SPACE = "▁";
const utf8 = new TextEncoder();

/** True if a `tokenizer.json` is SentencePiece's: spaces are `▁`, unknown characters single bytes. */
export function isSentencePiece(tokenizer: JsonObject): boolean {
  const { byte_fallback: fallsBack } = tokenizer.model as JsonObject;
  return fallsBack === true;
}

/** The bytes that a token of a SentencePiece vocabulary stands for: `<0x0A>` is the byte 10. */
export function sentencePieceBytes(token: string): Uint8Array {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
  if (byte !== null) return Uint8Array.of(parseInt(byte[1], 16));
  return utf8.encode(token.replaceAll(SPACE, " "));
}

/**
 * The pairs that a byte-pair encoder has to merge, in order, to give SentencePiece's tokens: each
 * token's pairs of other tokens, by the token's score from the highest, and at equal scores longer
 * parts first.
 *
 * @param vocab ids by token
 * @param scoreOf the score of an id
 * @param isControl ids that no text is merged to
 * @param isWhole ids of what users defined, which is found first and joined to nothing. @default none
 * @source transformers, convert_slow_tokenizer.py, `generate_merges`
 *
 * @example
 * ```ts
 * import { sentencePieceMerges } from "@potstill/tokenizer/sentence_piece.ts";
 * const merges = sentencePieceMerges({ a: 0, b: 1, ab: 2 }, (id) => -id, () => false);
 * if (merges.join() !== "a,b") throw new Error(merges.join());
 * ```
 */
export function sentencePieceMerges(
  vocab: Readonly<Record<string, number>>,
  scoreOf: (id: number) => number,
  isControl: (id: number) => boolean,
  isWhole: (id: number) => boolean = () => false,
): [string, string][] {
  interface Merge {
    readonly left: string;
    readonly right: string;
    readonly score: number;
  }
  const ids = new Map(Object.entries(vocab).filter(([, id]) => !isControl(id)));
  const merges: Merge[] = [];
  for (const [token, id] of ids) {
    const score = scoreOf(id);
    const own: Merge[] = [];
    let at = 0;
    for (const character of token) {
      at += character.length;
      const [left, right] = [token.slice(0, at), token.slice(at)];
      const parts = [ids.get(left), ids.get(right)].filter((part) => part !== undefined);
      if (parts.length === 2 && (isWhole(id) || !parts.some(isWhole))) {
        own.push({ left, right, score });
      }
    }
    own.sort((a, b) =>
      ids.get(a.left)! - ids.get(b.left)! || ids.get(a.right)! - ids.get(b.right)!
    );
    for (const merge of own) merges.push(merge);
  }
  merges.sort((a, b) =>
    compare(b.score, a.score) || b.left.length - a.left.length || b.right.length - a.right.length
  );
  return merges.map(({ left, right }) => [left, right]);
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
