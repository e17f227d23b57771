import { normalizeQaAnswer } from "../grading/normalize_qa_answer.ts";
import type { ScriptedAction } from "../agent/scripted/scripted_text.ts";
import type { AnnotatedHop } from "../records/annotation.ts";
import type { Random } from "../records/random.ts";
import type { Task } from "../records/task.ts";
import type { AnnotatedContext, AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { comparisonOf } from "./comparison.ts";
import { findAnswer } from "./find_answer.ts";
import { askedHop, followHops, type HopProgress, hopQueries } from "./hop_search.ts";
import { asQuestion, capital, mendSentence, readingSentence, searchSentence } from "./hop_words.ts";
import { knownText } from "./observed_text.ts";
import { planHops, type PlannedHop } from "./planned_hop.ts";
import { answerCode, searchCode } from "./python_text.ts";
import { relationOf, statement } from "./relation_words.ts";
import { findName, sameName } from "./text_words.ts";

/** Searches that a hop gets: the first, and one that mends it. */
const SEARCHES = 2;

/** A question whose annotation has its hops: each is searched for with what was found before. */
export class HopProblem implements AnnotatedProblem {
  readonly #task: Task;
  readonly #hops: readonly PlannedHop[];

  /** A problem of a task's hops. @throws {AnnotationGapError} when a hop refers to none before it */
  constructor(task: Task, hops: readonly AnnotatedHop[]) {
    this.#task = task;
    this.#hops = planHops(task, hops);
  }

  /** Searches for the hops that can be asked now; the answer once all are found. */
  act({ random, steps }: AnnotatedContext): ScriptedAction {
    const progress = followHops(this.#task, this.#hops, steps);
    const earlier = followHops(this.#task, this.#hops, steps.slice(0, -1)).found;
    const news = [...progress.found].filter(([index]) => !earlier.has(index));
    const read = news.map(([index, found]) =>
      readingSentence(askedHop(this.#hops[index], progress.found), found, random)
    );
    const next = progress.open.length === 0
      ? this.#conclude(progress.found, random)
      : this.#search(progress, steps, random);
    return { thought: [...read, next.thought].join(" "), code: next.code };
  }

  #search(
    { found, open, isTitleSeen }: HopProgress,
    steps: AnnotatedContext["steps"],
    random: Random,
  ): ScriptedAction {
    const lost = open.find(({ searches }) => searches >= SEARCHES);
    if (lost !== undefined) {
      const { hop } = lost;
      const about = hop.title === null ? "" : `, such as the one on ${hop.title}`;
      throw isTitleSeen
        ? new AnnotationGapError(
          "answer-not-in-passage",
          `the passage on ${hop.title} does not say the answer of hop ${hop.index + 1}`,
        )
        : new AnnotationGapError(
          "search-missed",
          `${SEARCHES} searches did not bring a passage that says the answer of hop ` +
            `${hop.index + 1}${about}`,
        );
    }
    const missed = open.filter(({ searches }) => searches > 0);
    // What is to be mended is mended before the attempt goes on, with what can be asked beside it.
    const asked = open.map(({ hop }) => askedHop(hop, found));
    const queries = open.map(({ hop, searches }, i) => {
      const { first, second } = hopQueries(asked[i], this.#task.question);
      return this.#untold(searches === 0 ? random.shuffle(first) : second, hop, steps);
    });
    const fresh = asked.filter((_, i) => open[i].searches === 0);
    const sentences = [
      ...(missed.length === 0
        ? []
        : [mendSentence(asked.filter((_, i) => open[i].searches > 0), random)]),
      ...(fresh.length === 0 ? [] : [searchSentence(fresh, steps.length === 0, random)]),
    ];
    const thought = this.#tellsAhead(sentences.join(" "), steps)
      ? "I look for the part of the question that comes next."
      : sentences.join(" ");
    return { thought, code: searchCode([...new Set(queries)], random) };
  }

  /** The first query that names nothing that is not known yet. */
  #untold(queries: readonly string[], hop: PlannedHop, steps: AnnotatedContext["steps"]): string {
    const query = queries.find((one) => !this.#tellsAhead(one, steps));
    if (query !== undefined) return query;
    throw new AnnotationGapError(
      "tells-ahead",
      `what hop ${hop.index + 1} asks names an answer that is not found yet`,
    );
  }

  /** True if a text names a hop's answer that stands neither in the question nor in an observation. */
  #tellsAhead(text: string, steps: AnnotatedContext["steps"]): boolean {
    const known = knownText(this.#task.question, steps);
    return this.#hops.some(({ answer }) =>
      findName(answer, text) !== null && findAnswer(answer, known) === null
    );
  }

  #conclude(found: HopProgress["found"], random: Random): ScriptedAction {
    const ends = this.#ends();
    if (ends.length === 1) {
      const { answer } = ends[0];
      const read = found.get(ends[0].index)!.text;
      const given = normalizeQaAnswer(read) === normalizeQaAnswer(answer) ? read : answer;
      const thought = random.pick([
        "That answers the question.",
        `So the answer is ${given}.`,
        "This is what was asked for.",
      ]);
      return { thought, code: answerCode(given, random) };
    }
    const values = ends.map((end) => ({
      name: this.#rootOf(end).subject ?? "",
      relation: end.relation ?? "",
      text: found.get(end.index)!.text,
    }));
    const comparison = comparisonOf(this.#task.question, values);
    if (comparison === null) {
      throw new AnnotationGapError(
        "unknown-comparison",
        `it compares ${values.map(({ text }) => text).join(" and ")} in a way that is not known`,
      );
    }
    const thought = random.pick([
      `${comparison.words} in Python.`,
      `Now ${comparison.words}.`,
      `All that is needed is there: ${comparison.words}.`,
    ]);
    return { thought, code: comparison.code };
  }

  /** The hops that no other one asks with; the last alone where it gives the answer. */
  #ends(): PlannedHop[] {
    const last = this.#hops.at(-1)!;
    if (sameName(last.answer, this.#task.answer)) return [last];
    const needed = new Set(this.#hops.flatMap(({ needs }) => needs));
    return this.#hops.filter(({ index }) => !needed.has(index));
  }

  /** The hop that a chain of hops begins with. */
  #rootOf(hop: PlannedHop): PlannedHop {
    return hop.needs.length === 0 ? hop : this.#rootOf(this.#hops[hop.needs[0]]);
  }

  /** A plan, the explanation or the hops as sentences, and the answer. */
  cot(random: Random): string {
    const { annotation, answer } = this.#task;
    const [first] = this.#hops;
    const begin = first.subject !== null && first.relation !== null
      ? relationOf(first.relation, first.subject)
      : `the answer to this: ${asQuestion(first.question!)}`;
    const told = random.pick([
      `I take the question apart and begin with ${begin}`,
      `The question has ${this.#hops.length} parts. First I need ${begin}`,
      `Step by step: first comes ${begin}`,
    ]);
    const plan = this.#tellsAhead(told, [])
      ? "I take the question apart and answer one part after the other."
      : told;
    const whole = annotation?.explanation?.trim() || this.#sentences();
    const end = /[?.!]$/.test(plan) ? "" : ".";
    return `${plan}${end}\n\n${whole.replace(/\n\s*\n/g, "\n")}\n\n<answer>${answer}</answer>`;
  }

  #sentences(): string {
    const answers = new Map(
      this.#hops.map(({ index, answer }) => [index, { text: answer, title: "" }]),
    );
    return this.#hops.map((hop) => {
      const { question, subject, relation } = askedHop(hop, answers);
      return subject !== null && relation !== null
        ? statement(relation, subject, hop.answer)
        : `${asQuestion(question!)} ${capital(hop.answer)}.`;
    }).join(" ");
  }
}
