import { Template } from "../template.ts";
import { foldName } from "../world/world.ts";
import { CITY_TOPIC, COUNTRY_TOPICS, PASSAGE_SLOTS, type PassageTopic } from "./passage_topics.ts";

/** Facts of a passage about its subject. */
export interface PassageFacts {
  /** Kind of subject. */
  readonly kind: "city" | "country";
  /** The subject's name, from the title. */
  readonly subject: string;
  /** Values by slot, such as `currency` or `population`, exactly as the passage prints them. */
  readonly facts: Readonly<Record<string, string>>;
}

interface Reader {
  readonly topic: PassageTopic;
  readonly texts: readonly Template[];
}

/**
 * Reads the facts of a lab passage back from its title and text.
 *
 * @returns null when the passage is not one of the lab's
 */
export function readPassage(
  passage: { readonly title: string; readonly text: string },
): PassageFacts | null {
  for (const { topic, texts } of READERS) {
    const subject = Object.values(topic.title.match(passage.title) ?? {})[0];
    if (subject === undefined) continue;
    for (const text of texts) {
      const match = text.match(passage.text);
      if (match === null) continue;
      const kind = topic === CITY_TOPIC ? "city" : "country";
      const { [kind]: named, ...facts } = match;
      if (named !== undefined && foldName(named) !== foldName(subject)) continue;
      return { kind, subject, facts };
    }
  }
  return null;
}

/** Every way to make a passage of the topic: one sentence or none of each group. */
function readerOf(topic: PassageTopic): Reader {
  let texts: string[][] = [[]];
  for (const group of topic.groups) {
    const sentences = group.map((sentence) =>
      typeof sentence === "string" ? sentence : sentence.text
    );
    texts = texts.flatMap((
      start,
    ) => [...sentences.map((sentence) => [...start, sentence]), start]);
  }
  return {
    topic,
    texts: texts.filter((sentences) => sentences.length > 0).map((sentences) =>
      new Template(sentences.join(" "), PASSAGE_SLOTS)
    ),
  };
}

const READERS: readonly Reader[] = [...COUNTRY_TOPICS, CITY_TOPIC].map(readerOf);
