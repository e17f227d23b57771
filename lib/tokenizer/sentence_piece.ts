import type { JsonValue } from "../records/json.ts";
import type { JsonObject } from "./tokenizer_json.ts";

/** Stands for a space in SentencePiece's vocabularies. */
const SPACE = "▁";
const utf8 = new TextEncoder();

/** True if a `tokenizer.json` is SentencePiece's: spaces are `▁`, unknown characters single bytes. */
export function isSentencePiece(tokenizer: JsonObject): boolean {
  const { byte_fallback: fallsBack } = tokenizer.model as JsonObject;
  return fallsBack === true;
}

/** True if a `tokenizer.json` puts a space before a text, as Llama 2's, which decoding takes away. */
export function prependsSpace({ normalizer, pre_tokenizer: cutter, decoder }: JsonObject): boolean {
  const strips = stepsOf(decoder).some(({ type, content, start }) =>
    type === "Strip" && content === " " && start === 1
  );
  return strips && [...stepsOf(normalizer), ...stepsOf(cutter)].some(isPrepend);
}

/** True if the space stands before a whole text alone, and not before each part between added tokens. */
export function prependsOnce({ pre_tokenizer: cutter }: JsonObject): boolean {
  return stepsOf(cutter).some((step) => isPrepend(step) && step.prepend_scheme === "first");
}

/** A `tokenizer.json` that puts nothing before a text. */
export function withoutSpace(tokenizer: JsonObject): JsonObject {
  const normalizers = stepsOf(tokenizer.normalizer).filter((step) => !isPrepend(step));
  const pretokenizers = stepsOf(tokenizer.pre_tokenizer).map((step): JsonObject =>
    isPrepend(step) ? { ...step, prepend_scheme: "never", add_prefix_space: false } : step
  );
  return {
    ...tokenizer,
    normalizer: { type: "Sequence", normalizers },
    pre_tokenizer: pretokenizers.length === 0 ? null : { type: "Sequence", pretokenizers },
  };
}

function isPrepend({ type, prepend, prepend_scheme: scheme }: JsonObject): boolean {
  return (type === "Prepend" && prepend === SPACE) ||
    (type === "Metaspace" && scheme !== "never" && scheme !== undefined);
}

/** The steps of a part of a `tokenizer.json`: those of a sequence, or itself. */
function stepsOf(part: JsonValue | undefined): JsonObject[] {
  if (part === null || typeof part !== "object" || Array.isArray(part)) return [];
  const { normalizers, pretokenizers, decoders } = part as JsonObject;
  const steps = normalizers ?? pretokenizers ?? decoders;
  return Array.isArray(steps) ? steps as JsonObject[] : [part as JsonObject];
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
