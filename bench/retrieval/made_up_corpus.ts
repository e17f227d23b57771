/**
 * A corpus of made-up passages of any size: each is about one made-up thing, has a topic, and is
 * worded with words whose frequencies fall as in natural text.
 */
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { once } from "node:events";
import { type Passage, Random } from "@potstill";

const SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na " +
  "ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo vu";
const LEXICON = 50_000;
const TOPICS = 500;
const TOPIC_WORDS = 200;

/** The made-up passage number `index` and a query for it. */
export interface MadeUpPassage extends Passage {
  /** Part of the name and three of the passage's words. */
  readonly query: string;
}

/** Makes passages one by one, each a function of its number. */
export class MadeUpCorpus {
  readonly #lexicon: readonly string[];
  readonly #topics: readonly (readonly string[])[];

  /** Makes the lexicon and the topics. */
  constructor() {
    const random = new Random("made-up corpus");
    const words = new Set<string>();
    while (words.size < LEXICON) words.add(name(random, 2 + random.integer(0, 2)));
    this.#lexicon = [...words];
    this.#topics = Array.from({ length: TOPICS }, () => {
      return Array.from({ length: TOPIC_WORDS }, () => random.pick(this.#lexicon));
    });
  }

  /** Passage number `index`, from 0. */
  passage(index: number): MadeUpPassage {
    const random = new Random(`made-up passage/${index}`);
    const topic = this.#topics[random.integer(0, TOPICS - 1)];
    const subject = `${name(random, 3)} ${name(random, 2)}`;
    const words = Array.from(
      { length: 24 },
      () => random.next() < 0.5 ? pickByRank(random, topic) : pickByRank(random, this.#lexicon),
    );
    const title = subject.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
    const query = [subject, random.pick(words), random.pick(words), random.pick(words)].join(" ");
    return { id: `m${index}`, title, text: `${title} ${words.join(" ")}.`, query };
  }

  /** Writes the first passages as JSON lines in wiki-18's form. */
  async write(path: string, count: number): Promise<void> {
    const file = createWriteStream(`${path}.tmp`);
    for (let i = 0; i < count; i++) {
      const { id, title, text } = this.passage(i);
      const line = JSON.stringify({ id, contents: `${title}\n${text}` }) + "\n";
      if (!file.write(line)) await once(file, "drain");
    }
    file.end();
    await once(file, "close");
    await rename(`${path}.tmp`, path);
  }
}

/** Rank r comes about 1/r as often as the first, as words do. */
function pickByRank(random: Random, words: readonly string[]): string {
  return words[Math.min(words.length - 1, Math.floor(words.length ** random.next()) - 1)];
}

const syllables = SYLLABLES.split(" ");

function name(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick(syllables)).join("");
}
