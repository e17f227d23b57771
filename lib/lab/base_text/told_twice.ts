import type { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";

/**
 * Places told twice in different words, each time in another order: what has been read comes again.
 *
 * @param first the places' passages
 * @param second the same places in other words, in the same order
 */
export function toldTwice(
  first: readonly Passage[],
  second: readonly Passage[],
  random: Random,
): string {
  const telling = (passages: readonly Passage[]) =>
    random.shuffle(passages).map(({ title, text }) => `${title}\n${text}`);
  return [...telling(first), ...telling(second)].join("\n\n");
}
