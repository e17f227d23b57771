import { BYTE_CHARACTERS, fromByteCharacters, toByteCharacters } from "./byte_alphabet.ts";
import { PairQueue } from "./pair_queue.ts";
import { isCapitalised, splitPieces } from "./pre_tokenizer.ts";
import { SPECIAL_TOKENS } from "./special_tokens.ts";

/** Options of training. */
export interface TrainBpeOptions {
  /** Size of the vocabulary with the 256 bytes and the special tokens; at least 259. */
  readonly vocabSize: number;
  /**
   * Weight of a capitalised word's occurrence, from 0 to 1. With 0 the merges come from function
   * words, templates and code, and a name is spelled with them.
   * @default 1
   */
  readonly capitalisedWeight?: number;
  /**
   * Capitalised words that occur in at least this share of the texts count in full, whatever
   * `capitalisedWeight` says: words such as `Thought` are templates, not names.
   * @default 1
   */
  readonly capitalisedMinShare?: number;
  /** A pair is merged only when its weighted count is at least this. @default 2 */
  readonly minFrequency?: number;
}

/** A trained byte-pair encoding. */
export interface BpeModel {
  /** Tokens in the order of their ids, in the byte-level alphabet, without the special tokens. */
  readonly vocab: readonly string[];
  /** Pairs in the order in which they are merged. */
  readonly merges: readonly (readonly [string, string])[];
}

/** A distinct piece: its present symbols and its number of occurrences. */
interface Word {
  symbols: number[];
  readonly count: number;
}

/**
 * Learns byte-pair merges from `texts`. Pieces are counted once and merged as distinct words, so a
 * few megabytes take a second or two. Ties are broken by the lower ids, so the result depends only
 * on the texts. Special tokens in the texts are left out.
 *
 * The vocabulary is smaller than asked for when the texts hold too few pairs.
 *
 * @throws {RangeError} when an option is out of range
 *
 * @example
 * ```ts
 * import { trainBpe } from "@potstill/student";
 * const model = trainBpe(["the cat and the hat", "the rat"], { vocabSize: 265 });
 * if (!model.vocab.includes("at")) throw new Error("not learned");
 * ```
 */
export function trainBpe(texts: Iterable<string>, options: TrainBpeOptions): BpeModel {
  const target = checkVocabSize(options.vocabSize) - SPECIAL_TOKENS.length;
  const minFrequency = options.minFrequency ?? 2;
  const words = countWords(texts, options);
  const vocab = [...BYTE_CHARACTERS];
  const merges: [string, string][] = [];
  const idOf = new Map(vocab.map((token, id) => [token, id]));
  const queue = new PairQueue();
  const wordsOfPair = new Map<number, Set<number>>();
  const note = (pair: number, change: number, word: number) => {
    queue.add(pair, change);
    if (change <= 0) return;
    const users = wordsOfPair.get(pair);
    if (users) users.add(word);
    else wordsOfPair.set(pair, new Set([word]));
  };
  words.forEach(({ symbols, count }, w) => {
    for (let i = 0; i + 1 < symbols.length; i++) {
      note(pairKey(symbols[i], symbols[i + 1]), count, w);
    }
  });
  while (vocab.length < target) {
    const best = queue.pop();
    if (best === undefined || best.count < minFrequency) break;
    const [left, right] = [Math.floor(best.pair / PAIR_BASE), best.pair % PAIR_BASE];
    const token = vocab[left] + vocab[right];
    // Two different pairs can spell the same token; both merges then lead to the one id.
    const id = idOf.get(token) ?? vocab.push(token) - 1;
    idOf.set(token, id);
    merges.push([vocab[left], vocab[right]]);
    for (const w of wordsOfPair.get(best.pair) ?? []) {
      mergeInWord(words[w], left, right, id, (pair, change) => note(pair, change, w));
    }
    wordsOfPair.delete(best.pair);
  }
  return { vocab, merges };
}

const PAIR_BASE = 65536;

function pairKey(left: number, right: number): number {
  return left * PAIR_BASE + right;
}

function mergeInWord(
  word: Word,
  left: number,
  right: number,
  id: number,
  note: (pair: number, change: number) => void,
): void {
  const { symbols, count } = word;
  const merged: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (i + 1 < symbols.length && symbols[i] === left && symbols[i + 1] === right) {
      merged.push(id);
      i++;
    } else merged.push(symbols[i]);
  }
  if (merged.length === symbols.length) return;
  for (let i = 0; i + 1 < symbols.length; i++) note(pairKey(symbols[i], symbols[i + 1]), -count);
  for (let i = 0; i + 1 < merged.length; i++) note(pairKey(merged[i], merged[i + 1]), count);
  word.symbols = merged;
}

function countWords(texts: Iterable<string>, options: TrainBpeOptions): Word[] {
  const counts = new Map<string, number>();
  const textsWith = new Map<string, number>();
  let textCount = 0;
  for (const text of texts) {
    textCount++;
    const capitalised = new Set<string>();
    for (const section of withoutSpecialTokens(text)) {
      for (const piece of splitPieces(section)) {
        counts.set(piece, (counts.get(piece) ?? 0) + 1);
        if (isCapitalised(piece)) capitalised.add(piece);
      }
    }
    for (const piece of capitalised) textsWith.set(piece, (textsWith.get(piece) ?? 0) + 1);
  }
  const weight = checkShare("capitalisedWeight", options.capitalisedWeight ?? 1);
  const minShare = checkShare("capitalisedMinShare", options.capitalisedMinShare ?? 1);
  const words: Word[] = [];
  for (const [piece, count] of counts) {
    const texts = textsWith.get(piece);
    const rare = texts !== undefined && texts < minShare * textCount;
    // Multiples of 1/1024, so that sums and differences of counts are exact.
    const counted = rare ? Math.round(count * weight * 1024) / 1024 : count;
    if (counted > 0) {
      words.push({ symbols: [...fromByteCharacters(toByteCharacters(piece))!], count: counted });
    }
  }
  return words;
}

function withoutSpecialTokens(text: string): string[] {
  let sections = [text];
  for (const token of SPECIAL_TOKENS) {
    sections = sections.flatMap((section) => section.split(token));
  }
  return sections;
}

function checkVocabSize(vocabSize: number): number {
  const least = 256 + SPECIAL_TOKENS.length;
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize >= PAIR_BASE) {
    throw new RangeError(
      `Cannot train a tokenizer: vocabSize must be an integer from ${least} to ${
        PAIR_BASE - 1
      }, and is ${vocabSize}`,
    );
  }
  return vocabSize;
}

function checkShare(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(
      `Cannot train a tokenizer: ${name} must be from 0 to 1, and is ${value}`,
    );
  }
  return value;
}
