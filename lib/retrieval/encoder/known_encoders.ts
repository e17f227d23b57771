import type { Pooling } from "./pool.ts";

/** How an encoder wants to be used where its folder does not say so. */
export interface KnownEncoder {
  /** Name on the hub. */
  readonly name: string;
  /** The mean of the token vectors, or the first one. */
  readonly pooling: Pooling;
  /** Put before a query. */
  readonly queryPrefix: string;
  /** Put before a passage. */
  readonly passagePrefix: string;
}

const E5 = { pooling: "mean", queryPrefix: "query: ", passagePrefix: "passage: " } as const;
const BGE = {
  pooling: "cls",
  queryPrefix: "Represent this sentence for searching relevant passages: ",
  passagePrefix: "",
} as const;

const SIZES = ["small", "base", "large"];

/**
 * Encoders whose prefixes stand on their cards alone, in no file.
 *
 * @source model cards of intfloat/e5-base-v2, intfloat/multilingual-e5-base, BAAI/bge-base-en-v1.5
 */
const KNOWN_ENCODERS: readonly KnownEncoder[] = SIZES.flatMap((size) => [
  { name: `intfloat/e5-${size}`, ...E5 },
  { name: `intfloat/e5-${size}-v2`, ...E5 },
  { name: `intfloat/multilingual-e5-${size}`, ...E5 },
  { name: `BAAI/bge-${size}-en`, ...BGE },
  { name: `BAAI/bge-${size}-en-v1.5`, ...BGE },
]);

/**
 * The known encoder with one of some names: whole names on the hub (`intfloat/e5-base-v2`), or what a card
 * calls its model (`e5-base-v2`). A name that only holds such a name is none.
 *
 * @example
 * ```ts
 * import { knownEncoder } from "@potstill/retrieval/encoder/known_encoders.ts";
 * if (knownEncoder(["intfloat/e5-base-v2"])?.queryPrefix !== "query: ") throw new Error("not known");
 * if (knownEncoder(["me/my-e5-base-v2"]) !== undefined) throw new Error("taken for another");
 * ```
 */
export function knownEncoder(names: readonly (string | null)[]): KnownEncoder | undefined {
  return KNOWN_ENCODERS.find(({ name }) =>
    names.some((given) => given === name || given === name.slice(name.indexOf("/") + 1))
  );
}
