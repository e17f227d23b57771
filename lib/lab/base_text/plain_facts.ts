import type { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";
import { readPassage } from "../corpus/read_passage.ts";
import { ATTRIBUTES } from "../factual/attribute.ts";

/** Passages, then some of what they say as plain sentences: "The population of Kutaisi is 147635." */
export function plainFacts(passages: readonly Passage[], random: Random): string {
  const sentences = passages.flatMap((passage) => {
    const read = readPassage(passage);
    if (read === null) return [];
    return Object.values(ATTRIBUTES)
      .filter(({ of, fact }) => of === read.kind && fact in read.facts)
      .map(({ statements, fact }) =>
        random.pick(statements).replaceAll("{x}", () => read.subject.split(":")[0])
          .replaceAll("{v}", () => read.facts[fact])
      );
  });
  const told = passages.map(({ title, text }) => `${title}\n${text}`);
  return [...told, random.shuffle(sentences).join(" ")].join("\n\n");
}
