import { Random, type Tokenizer } from "@potstill";
import { loadChatTemplate, trainTokenizer } from "@potstill/student";

/** A tokenizer of 1,024 tokens over made-up words, for benchmarks with random weights. */
export async function madeUpTokenizer(): Promise<Tokenizer> {
  const random = new Random("texts");
  const letter = () => String.fromCharCode(97 + random.integer(0, 25));
  const word = () => Array.from({ length: random.integer(2, 6) }, letter).join("");
  const words = Array.from({ length: 500 }, word);
  const texts = Array.from({ length: 5000 }, () => random.pick(words) + " " + random.pick(words));
  return trainTokenizer(texts, await loadChatTemplate(), { vocabSize: 1024 });
}
