import type { ObservedPassage, PastStep } from "../agent/scripted/read_conversation.ts";
import { findAnswer } from "./find_answer.ts";
import { hasSearched, hasTitle, passagesOf } from "./observed_text.ts";
import type { Task } from "../records/task.ts";
import { filled, type PlannedHop } from "./planned_hop.ts";
import { relationNoun } from "./relation_words.ts";
import { findName, plainTitle } from "./text_words.ts";

/** A hop whose texts name what earlier hops found. */
export type AskedHop = Pick<PlannedHop, "question" | "subject" | "relation">;

/** The answer of a hop as a passage says it. */
export interface FoundAnswer {
  /** As it stands in the passage. */
  readonly text: string;
  /** The passage's title. */
  readonly title: string;
}

/** Progress of an attempt along its hops. */
export interface HopProgress {
  /** Answers found, by hop. */
  readonly found: ReadonlyMap<number, FoundAnswer>;
  /** The hops that can be asked now, with the number of searches made for each. */
  readonly open: readonly { readonly hop: PlannedHop; readonly searches: number }[];
  /** True if a passage of the wanted title came that does not say the answer of an open hop. */
  readonly isTitleSeen: boolean;
}

/** The hop's texts with the answers found filled in. */
export function askedHop(hop: PlannedHop, found: HopProgress["found"]): AskedHop {
  const fill = (text: string | null) => text === null ? null : filled(text, found);
  return { question: fill(hop.question), subject: fill(hop.subject), relation: hop.relation };
}

/** Queries for a hop: the wordings of the first search, and those of the one that mends it. */
export interface HopQueries {
  /** Sub-question and relation. */
  readonly first: readonly string[];
  /** Names alone. */
  readonly second: readonly string[];
}

/** The queries that a hop can be searched with. @param whole the task's question */
export function hopQueries(
  { question, subject, relation }: AskedHop,
  whole: string,
): HopQueries {
  const plain = question?.replace(/\s*\?+$/, "") ?? null;
  if (subject === null || relation === null) {
    return { first: [plain!], second: [namesIn(plain!), namesIn(whole), whole].filter((q) => q) };
  }
  const noun = relationNoun(relation);
  const first = [
    `${subject} ${noun}`,
    `${noun} of ${subject}`,
    ...(plain === null ? [] : [plain]),
  ];
  const bare = plainTitle(subject);
  return { first, second: [bare === subject ? subject : bare, subject] };
}

/** The names and numbers of a question: its words with capitals, but the first. */
function namesIn(question: string): string {
  const words = question.split(/\s+/).slice(1);
  return words.filter((word) => /^["'(]?[\p{Lu}\p{N}]/u.test(word)).join(" ").replace(
    /[?.,]+$/,
    "",
  );
}

/** How far the steps of an attempt have come along its hops. */
export function followHops(
  { question }: Pick<Task, "question">,
  hops: readonly PlannedHop[],
  steps: readonly PastStep[],
): HopProgress {
  const passages = passagesOf(steps);
  const found = new Map<number, FoundAnswer>();
  const open: HopProgress["open"][number][] = [];
  let isTitleSeen = false;
  for (const hop of hops) {
    if (!hop.needs.every((need) => found.has(need))) continue;
    const asked = askedHop(hop, found);
    const { first, second } = hopQueries(asked, question);
    const count = (queries: readonly string[]) =>
      queries.some((query) => hasSearched(steps, query)) ? 1 : 0;
    const searches = count(first) + count(second);
    const answer = searches === 0 ? null : readHop(hop, asked, passages);
    if (answer !== null) found.set(hop.index, answer);
    else {
      open.push({ hop, searches });
      isTitleSeen ||= hop.title !== null && passages.some((one) => hasTitle(one, hop.title!));
    }
  }
  return { found, open, isTitleSeen };
}

/** The hop's answer in the first passage that says it of its subject; null when none does. */
function readHop(
  hop: PlannedHop,
  { subject }: AskedHop,
  passages: readonly ObservedPassage[],
): FoundAnswer | null {
  const own = passages.filter((one) => hop.title !== null && hasTitle(one, hop.title));
  const others = passages.filter((passage) =>
    subject !== null && findName(plainTitle(subject), `${passage.title}\n${passage.text}`) !== null
  );
  for (const { title, text } of [...own, ...others]) {
    const answer = findAnswer(hop.answer, text) ?? findAnswer(hop.answer, title);
    if (answer !== null) return { text: answer, title };
  }
  return null;
}
