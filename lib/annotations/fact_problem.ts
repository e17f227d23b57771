import { normalizeQaAnswer } from "../grading/normalize_qa_answer.ts";
import type { ObservedPassage, PastStep } from "../agent/scripted/read_conversation.ts";
import type { ScriptedAction } from "../agent/scripted/scripted_text.ts";
import type { SupportingFact } from "../records/annotation.ts";
import type { Random } from "../records/random.ts";
import type { Task } from "../records/task.ts";
import type { AnnotatedContext, AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { type Comparison, comparisonOf } from "./comparison.ts";
import { datesIn } from "./dates.ts";
import { findAnswer } from "./find_answer.ts";
import { capital, listed } from "./hop_words.ts";
import { hasSearched, hasTitle, knownText, namedIn, passagesOf } from "./observed_text.ts";
import { answerCode, searchCode } from "./python_text.ts";
import { findName, plainTitle, sameName, textWords } from "./text_words.ts";

/** Searches that a passage gets: the first, and one that mends it. */
const SEARCHES = 2;

/** Longest quotation in a thought, in characters. */
const LONGEST_QUOTE = 240;

/** Passage with the sentences in it that the answer rests on. */
interface Source {
  readonly title: string;
  readonly sentences: readonly string[];
}

/**
 * A question whose annotation has the sentences that the answer rests on: their passages are searched
 * for by names that the question or an earlier passage shows, and read.
 */
export class FactProblem implements AnnotatedProblem {
  readonly #task: Task;
  readonly #sources: readonly Source[];

  /** A problem of a task's supporting facts. */
  constructor(task: Task, facts: readonly SupportingFact[]) {
    this.#task = task;
    const titles = [...new Set(facts.map(({ title }) => title))];
    this.#sources = titles.map((title) => ({
      title,
      sentences: facts.flatMap((fact) =>
        fact.title === title && fact.sentence !== undefined ? [fact.sentence.trim()] : []
      ),
    }));
  }

  /** Searches for the passages that are not there yet; the answer once all are. */
  act({ random, steps }: AnnotatedContext): ScriptedAction {
    const found = this.#found(steps);
    const earlier = this.#found(steps.slice(0, -1));
    const read = [...found].filter(([source]) => !earlier.has(source))
      .map(([source, passage]) => quote(source, passage, random));
    const missing = this.#sources.filter((source) => !found.has(source));
    const next = missing.length === 0
      ? this.#conclude(found, random)
      : this.#search(missing, steps, random);
    return { thought: [...read, next.thought].join(" "), code: next.code };
  }

  #found(steps: readonly PastStep[]): Map<Source, ObservedPassage> {
    const passages = passagesOf(steps);
    const found = new Map<Source, ObservedPassage>();
    for (const source of this.#sources) {
      const passage = passages.find((one) => hasTitle(one, source.title));
      if (passage !== undefined) found.set(source, passage);
    }
    return found;
  }

  #search(
    missing: readonly Source[],
    steps: readonly PastStep[],
    random: Random,
  ): ScriptedAction {
    const { question } = this.#task;
    const known = knownText(question, steps);
    const isMending = steps.some(({ code }) => /\bweb_search\(/.test(code ?? ""));
    // A passage that nothing names yet is searched for with the question, once nothing else is left.
    const named = missing.flatMap((source) => {
      const name = namedIn(source.title, known);
      return name === null ? [] : [{ source, name }];
    });
    const asked = named.length > 0 ? named : missing.map((source) => ({ source, name: null }));
    const queries = asked.map(({ source, name }) => {
      const names = namesOf(question);
      // What another passage is searched for with is no search for this one.
      const isOther = this.#sources.some((other) =>
        other !== source && sameName(other.title, names)
      );
      const all = [name ?? "", plain(question), isOther ? "" : names];
      const options = [...new Set(all)].filter((one) => one !== "");
      const searched = options.filter((one) => hasSearched(steps, one));
      const query = options.find((one) => !searched.includes(one));
      if (searched.length >= SEARCHES || query === undefined) {
        throw new AnnotationGapError(
          "search-missed",
          `${searched.length} searches did not bring the passage on ${source.title}`,
        );
      }
      return { query, isName: query === name };
    });
    const names = [...new Set(queries.filter(({ isName }) => isName).map(({ query }) => query))];
    const first = isMending ? "Next" : "First";
    const thought = names.length > 0
      ? random.pick([
        `${first} I look up ${listed(names)}.`,
        `I need to read about ${listed(names)}.`,
        `${first} I search for ${listed(names)}.`,
      ])
      : isMending
      ? random.pick([
        "What I need did not come up. I search with other words from the question.",
        "A passage is still missing; I try another query.",
      ])
      : random.pick([
        "I search with the words of the question and see what comes up.",
        "Nothing here names what I am looking for, so I search for the question itself.",
      ]);
    return { thought, code: searchCode([...new Set(queries.map(({ query }) => query))], random) };
  }

  #conclude(found: ReadonlyMap<Source, ObservedPassage>, random: Random): ScriptedAction {
    const { answer, question } = this.#task;
    const comparison = this.#comparison(found);
    if (comparison !== null) {
      return { thought: `${capital(comparison.words)} in Python.`, code: comparison.code };
    }
    if (!/^(?:yes|no)$/i.test(answer.trim())) {
      const passages = [...found.values()];
      const says = passages.map(({ text }) =>
        findAnswer(answer, text)
      ).find((text) => text !== null) ?? passages.map(({ title }) =>
        findAnswer(answer, title)
      ).find((text) => text !== null) ??
        findName(answer, question);
      if (says === null || says === undefined) {
        throw new AnnotationGapError(
          "answer-not-in-passage",
          `none of the passages on ${listed([...found.keys()].map(({ title }) => title))} says it`,
        );
      }
      const given = normalizeQaAnswer(says) === normalizeQaAnswer(answer) ? says : answer;
      return {
        thought: random.pick([
          `So the answer is ${given}.`,
          "Together this answers the question.",
          "That is what was asked for.",
        ]),
        code: answerCode(given, random),
      };
    }
    return {
      thought: random.pick([
        `Taken together the answer is ${answer}.`,
        `So I can answer: ${answer}.`,
        "With both passages the question can be answered.",
      ]),
      code: answerCode(answer.toLowerCase(), random),
    };
  }

  /** Dates of two things that the question compares; null when it compares none. */
  #comparison(found: ReadonlyMap<Source, ObservedPassage>): Comparison | null {
    const { question, answer } = this.#task;
    if (this.#sources.length !== 2) return null;
    const values = this.#sources.flatMap((source) => {
      const name = namedIn(source.title, question);
      const text = source.sentences.find((one) => datesIn(one).length > 0) ??
        found.get(source)!.text;
      const date = datesIn(text)[0];
      return name === null || date === undefined
        ? []
        : [{ name, relation: "date", text: date.text }];
    });
    if (values.length !== 2 || !values.some(({ name }) => sameName(name, answer))) return null;
    const comparison = comparisonOf(question, values);
    return comparison?.code.includes("dates") ? comparison : null;
  }

  /** A plan, the sentences, and the answer. */
  cot(random: Random): string {
    const { question, answer } = this.#task;
    const names = this.#sources.flatMap(({ title }) => namedIn(title, question) ?? []);
    const plan = names.length === 0
      ? "I recall what the question is about, one thing after the other."
      : random.pick([
        `I recall what is known about ${listed(names)}.`,
        `The question is about ${listed(names)}. I go through what there is to know.`,
      ]);
    const sentences = joined(this.#sources.flatMap((source) => source.sentences));
    const middle = sentences === "" ? [] : [sentences];
    return [plan, ...middle, `<answer>${answer}</answer>`].join("\n\n");
  }
}

/** The sentences that count, as the passage has them; its beginning where they are not known. */
function quote({ title, sentences }: Source, { text }: ObservedPassage, random: Random): string {
  const words = textWords(text).map(({ word }) => word).join(" ");
  const there = sentences.filter((sentence) =>
    words.includes(textWords(sentence).map(({ word }) => word).join(" "))
  );
  const said = short(there.length > 0 ? joined(there) : flat(firstSentence(text)));
  return random.pick([
    `The passage on ${title} says: ${said}`,
    `About ${plainTitle(title)} I read: ${said}`,
    `From the passage on ${title}: ${said}`,
  ]);
}

function firstSentence(text: string): string {
  return /^.*?[^.\s]{3}[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

/** A text of at most some length, that ends with a word. */
function short(text: string): string {
  if (text.length <= LONGEST_QUOTE) return text;
  const cut = text.slice(0, LONGEST_QUOTE);
  return `${cut.slice(0, Math.max(1, cut.lastIndexOf(" ")))} ...`;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function plain(question: string): string {
  return flat(question).replace(/\s*\?+$/, "");
}

/** The names and numbers of a question, as a query. */
function namesOf(question: string): string {
  return plain(question).split(" ").slice(1)
    .filter((word) => /^["'(]?[\p{Lu}\p{N}]/u.test(word)).join(" ");
}

/** Sentences one after the other, each with its mark at the end. */
function joined(sentences: readonly string[]): string {
  return sentences.map(flat).map((text) => /[.!?…]["')\]]?$/.test(text) ? text : `${text}.`)
    .join(" ");
}
