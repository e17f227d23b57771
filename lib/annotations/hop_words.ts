import type { Random } from "../records/random.ts";
import { relationOf, statement } from "./relation_words.ts";
import type { AskedHop, FoundAnswer } from "./hop_search.ts";

/** What a hop asks, as the end of a sentence such as `I look up ...`. */
function phrase({ subject, relation, question }: AskedHop): string {
  if (subject !== null && relation !== null) return relationOf(relation, subject);
  return `"${asQuestion(question!)}"`;
}

/** A sentence that says what is searched for next. */
export function searchSentence(
  hops: readonly AskedHop[],
  isFirst: boolean,
  random: Random,
): string {
  const [hop] = hops;
  const { subject, relation } = hop;
  const question = hop.question === null ? null : asQuestion(hop.question);
  const first = random.pick(
    isFirst ? ["First", "To begin with,", "As a first step"] : ["Next", "Now", "Then"],
  );
  if (hops.length > 1) {
    const same = hops.every((other) => other.relation === relation && other.subject !== null);
    const what = same && relation !== null
      ? `${relationOf(relation, listed(hops.map(({ subject }) => subject!)))}`
      : listed(hops.map(phrase));
    return random.pick([
      `${first} I look up ${what}.`,
      `${first} I search for ${what}, one after the other.`,
      `I need ${what}; ${hops.length === 2 ? "two searches" : "a search each"} should bring this.`,
    ]);
  }
  if (subject !== null && relation !== null) {
    const what = relationOf(relation, subject);
    return random.pick([
      `${first} I look up ${what}.`,
      `${first} I need ${what}.`,
      `${first} I search for ${what}.`,
      ...(question === null ? [] : [`${first} I have to answer this: ${question}`]),
    ]);
  }
  return random.pick([
    `${first} I have to answer this: ${question}`,
    `${first} I search for a part of the question: ${question}`,
    `${first} I need to know: ${question}`,
  ]);
}

/** A sentence that says that a search missed, and what is tried. */
export function mendSentence(hops: readonly AskedHop[], random: Random): string {
  const what = listed(hops.map(phrase));
  return random.pick([
    `The passages do not tell ${what}. I try another query.`,
    `That did not bring ${what}; I search with other words.`,
    `${what[0].toUpperCase()}${what.slice(1)} is still open: I ask in a different way.`,
  ]);
}

/** A sentence that says what was read, and where. */
export function readingSentence(hop: AskedHop, found: FoundAnswer, random: Random): string {
  const { subject, relation } = hop;
  const where = `the passage on ${found.title}`;
  if (subject === null || relation === null) {
    return random.pick([
      `In ${where} I read the answer to that: ${found.text}.`,
      `The answer stands in ${where}: ${found.text}.`,
      `According to ${where} it is ${found.text}.`,
    ]);
  }
  const what = relationOf(relation, subject);
  return random.pick([
    `According to ${where}, ${what} is ${found.text}.`,
    `${statement(relation, subject, found.text).slice(0, -1)}, as ${where} says.`,
    `I read in ${where} that ${what} is ${found.text}.`,
    statement(relation, subject, found.text),
  ]);
}

/** Names with commas and `and`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A text with a capital at its beginning. */
export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** A sub-question as annotators write it, with the capital and the mark that a question has. */
export function asQuestion(text: string): string {
  const isAsked =
    /^(?:in |on |at |of |to |for |by |from )?(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|can)\b/i
      .test(text);
  return isAsked && !/[?.!]$/.test(text) ? `${capital(text)}?` : capital(text);
}
