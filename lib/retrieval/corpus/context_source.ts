import { basename } from "node:path";
import { readInput } from "../../runs/read_input.ts";
import { contextId, contextText, questionContexts } from "../../tasks/question_contexts.ts";
import { type Fields, readRecords } from "../../tasks/read_records.ts";
import { withMetadata } from "../../tasks/data_set_forms.ts";
import type { PassageSource } from "../index/passage_source.ts";
import type { Passage } from "../retriever.ts";

/** Counts of the paragraphs that come with questions. */
export interface ContextCounts {
  /** Questions that have some. */
  readonly questions: number;
  /** Paragraphs, with those that stand with several questions. */
  readonly paragraphs: number;
  /** Paragraphs of which title and text are the same count once. */
  readonly passages: number;
}

/** The paragraphs of benchmark files as passages. */
export interface ContextSource extends PassageSource {
  /** What was found in the files. */
  readonly counts: ContextCounts;
  /** In the order of their ids. */
  readonly passages: readonly Passage[];
}

/** Treatment of malformed examples. */
export interface ContextOptions {
  /** `skip` leaves an example out and reports it, `fail` ends the work. @default "fail" */
  readonly onBadRecord?: "skip" | "fail";
  /** Called for each example that is left out, with its place. */
  readonly onProblem?: (problem: string) => void;
}

/**
 * The paragraphs that come with the questions of benchmark files (HotpotQA, 2WikiMultiHopQA, MuSiQue), each
 * once. A passage's id follows from its title and text, and passages are in the order of their ids: the
 * same files make the same index in whatever order they are given.
 *
 * @throws {Error} naming the file that cannot be read, the place of an example whose paragraphs have
 *   another form, or the file without paragraphs, with its fields
 */
export async function contextSource(
  paths: readonly string[],
  options: ContextOptions = {},
): Promise<ContextSource> {
  const found = new Map<string, Passage>();
  const corpus: { name: string; bytes: number }[] = [];
  let [questions, paragraphs] = [0, 0];
  for (const path of paths) {
    const bytes = await readInput(path);
    const { records, places } = readRecords(path, bytes);
    const before = questions;
    records.forEach((record, i) => {
      const contexts = contextsOf(record, path, places[i], options);
      if (contexts.length > 0) questions++;
      paragraphs += contexts.length;
      for (const passage of contexts) found.set(passage.id, passage);
    });
    if (questions === before) {
      const fields = Object.keys(records[0] ?? {}).slice(0, 12).join(", ") || "none";
      throw new Error(
        `Cannot build an index: no question of ${path} comes with paragraphs (context, or paragraphs); ` +
          `its fields are ${fields}`,
      );
    }
    corpus.push({ name: basename(path), bytes: bytes.length });
  }
  const passages = [...found.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  corpus.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.bytes - b.bytes);
  let read = 0;
  return {
    corpus,
    counts: { questions, paragraphs, passages: passages.length },
    passages,
    fraction: () => passages.length === 0 ? 1 : read / passages.length,
    rows: async function* (fromRow) {
      for (read = fromRow; read < passages.length; read++) {
        yield await Promise.resolve({ row: read, passage: passages[read], problem: null });
      }
    },
  };
}

/**
 * The passages of a corpus, and after them those paragraphs of questions that the corpus does not have with the
 * same title and text: a passage that stands twice would take two places of a search.
 */
export function corpusWithContexts(corpus: PassageSource, contexts: ContextSource): PassageSource {
  const total = contexts.passages.length;
  let read = 0;
  return {
    corpus: [...corpus.corpus, ...contexts.corpus],
    fraction: () => {
      const fraction = corpus.fraction();
      return fraction === null ? null : (fraction + (total === 0 ? 1 : read / total)) / 2;
    },
    // A corpus is read again from its start, since what it repeats must be known.
    rows: async function* (fromRow) {
      const missing = new Map(contexts.passages.map((passage) => [keyOf(passage), passage]));
      let row = read = 0;
      for await (const one of corpus.rows(0)) {
        if (one.passage !== null) missing.delete(keyOf(one.passage));
        if (row >= fromRow) yield { ...one, row };
        row++;
      }
      for (const passage of missing.values()) {
        if (row >= fromRow) yield { row, passage, problem: null };
        row++;
        read++;
      }
    },
  };
}

function keyOf({ title, text }: Passage): string {
  return `${title.trim()}\n${text.trim()}`;
}

function contextsOf(
  record: Fields,
  path: string,
  place: string,
  { onBadRecord = "fail", onProblem }: ContextOptions,
): Passage[] {
  try {
    return questionContexts(withMetadata(record)).flatMap((context) => {
      const { title } = context;
      const text = contextText(context);
      return text === "" ? [] : [{ id: contextId({ title, text }), title, text }];
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const problem = `${path} ${place}: ${error.message}`;
    if (onBadRecord === "fail") throw new Error(`Cannot read ${problem}`, { cause: error });
    onProblem?.(problem);
    return [];
  }
}
