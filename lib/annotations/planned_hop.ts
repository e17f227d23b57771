import type { AnnotatedHop } from "../records/annotation.ts";
import type { Task } from "../records/task.ts";
import { namedIn } from "./observed_text.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { findName, nameWords, sameName } from "./text_words.ts";

/**
 * A hop as it is asked: its texts name what earlier hops find as `#1`, `#2`, and everything else as
 * the task's question does.
 */
export interface PlannedHop {
  /** From 0. */
  readonly index: number;
  /** The sub-question in words; null where there is only a relation. */
  readonly question: string | null;
  /** Subject of the relation. */
  readonly subject: string | null;
  /** Relation between subject and answer. */
  readonly relation: string | null;
  /** The annotated answer, which nothing is written of before it was found. */
  readonly answer: string;
  /** Title of the passage that says it. */
  readonly title: string | null;
  /** The hops whose answers it asks with. */
  readonly needs: readonly number[];
}

/**
 * The hops of an annotation, with what each asks of earlier ones.
 *
 * @throws {AnnotationGapError} when a hop refers to none before it
 * @source MuSiQue: `#1 >> spouse`; 2WikiMultiHopQA: subjects that are earlier answers
 */
export function planHops(task: Task, hops: readonly AnnotatedHop[]): PlannedHop[] {
  const planned: PlannedHop[] = [];
  hops.forEach((hop, index) => {
    const { question = null, subject = null, relation = null } = splitRelation(hop);
    const told = { question: tidy(question), subject: tidy(subject), relation };
    const referring = `${question ?? ""} ${subject ?? ""}`;
    const references = [...referring.matchAll(/#(\d+)/g)].map((match) => Number(match[1]) - 1);
    const linked = references.length > 0 || subject === null
      ? told
      : linkSubject(task, told, hop.title, hops.slice(0, index), planned);
    const needs = [
      ...new Set(
        [...`${linked.question ?? ""} ${linked.subject ?? ""}`.matchAll(/#(\d+)/g)]
          .map((match) => Number(match[1]) - 1),
      ),
    ];
    const unknown = needs.find((need) => need < 0 || need >= index);
    if (unknown !== undefined) {
      throw new AnnotationGapError(
        "no-annotation",
        `hop ${index + 1} refers to #${unknown + 1}, which is no hop before it`,
      );
    }
    planned.push({ index, ...linked, answer: hop.answer, title: hop.title ?? null, needs });
  });
  return planned;
}

/** `A >> r` as subject and relation. */
function splitRelation(hop: AnnotatedHop): Pick<AnnotatedHop, "question" | "subject" | "relation"> {
  const match = /^(.*?)\s*>>\s*(.*)$/s.exec(hop.question ?? "");
  return match === null ? hop : { subject: match[1].trim(), relation: match[2].trim() };
}

/** A text without spaces before its punctuation, as in `#1 's currency ?`. */
function tidy(text: string | null): string | null {
  return text === null
    ? null
    : text.replace(/^\s*(?:sub-?)?question\s*\d*\s*:\s*/i, "").replace(/\s+/g, " ").replace(
      / (?=[,.?!;:]|'s\b)/g,
      "",
    ).trim();
}

type Asked = Pick<PlannedHop, "question" | "subject" | "relation">;

/** The subject as the question names it, or as the earlier hop whose answer it is. */
function linkSubject(
  task: Task,
  asked: Asked,
  title: string | undefined,
  earlier: readonly AnnotatedHop[],
  planned: readonly PlannedHop[],
): Asked {
  const subject = asked.subject!;
  const same = earlier.findIndex(({ answer }) => sameName(answer, subject));
  if (same >= 0) return renamed(asked, `#${same + 1}`);
  const named = [subject, title ?? ""].map((name) => name && namedIn(name, task.question))
    .find((name) => name);
  if (named) return renamed(asked, named);
  const used = new Set(planned.flatMap(({ needs }) => needs));
  const free = earlier.map((_, i) => i).filter((i) => !used.has(i));
  const like = earlier.findIndex(({ answer }) => isAlike(answer, subject));
  // Some annotations name a person in two ways; the hop is then about the answer that is still open.
  const of = like >= 0 ? like : free.at(0);
  return of === undefined ? asked : renamed(asked, `#${of + 1}`);
}

/** The same hop about its subject under another name. */
function renamed(asked: Asked, name: string): Asked {
  const { question, subject } = asked;
  const written = question === null ? null : findName(subject!, question);
  const other = written === null || question === null
    ? null
    : question.replace(written, () => name);
  // A sub-question that names its subject in another way might tell what is not found yet.
  return { ...asked, question: other, subject: name };
}

/** True if most words of the shorter name are in the longer one. */
function isAlike(one: string, other: string): boolean {
  const words = new Set(nameWords(one));
  const others = nameWords(other);
  const common = others.filter((word) => words.has(word)).length;
  return common > 0 && 2 * common > Math.min(words.size, others.length);
}

/** A text with the answers that were found in place of `#1`, `#2`. */
export function filled(
  text: string,
  found: ReadonlyMap<number, { readonly text: string }>,
): string {
  return text.replace(/#(\d+)/g, (mark, number) => found.get(Number(number) - 1)?.text ?? mark);
}
