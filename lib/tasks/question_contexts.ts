import { sha256Hex } from "../runs/hash.ts";
import { fieldError, fieldsOf, list, text, unquoted } from "./field_error.ts";
import type { Fields } from "./read_records.ts";

/** A paragraph that comes with a question. */
export interface QuestionContext {
  /** Title of its article. */
  readonly title: string;
  /** Its sentences; one for a paragraph that is not cut into sentences. */
  readonly sentences: readonly string[];
  /** Whether the example itself says that it holds evidence; null where supporting facts tell. */
  readonly isSupporting: boolean | null;
}

const CONTEXT = "a list of [title, sentences]";

/**
 * The paragraphs that come with an example: `context` of HotpotQA and 2WikiMultiHopQA, in their own form
 * (`[[title, [sentence]]]`) and the hub's (`{title, sentences}`), `paragraphs` of MuSiQue. Either may be a
 * JSON text. Empty without them.
 *
 * @throws {TypeError} naming the field that has another form
 *
 * @example
 * ```ts
 * import { questionContexts } from "@potstill/tasks/question_contexts.ts";
 * const [context] = questionContexts({ context: [["Aspen", ["A tree.", " It is tall."]]] });
 * if (context.title !== "Aspen" || context.sentences.length !== 2) throw new Error("not read");
 * ```
 */
export function questionContexts(record: Fields): QuestionContext[] {
  const context = unquoted(record, "context", CONTEXT);
  const paragraphs = unquoted(record, "paragraphs", "a list of paragraphs");
  return [
    ...context === null ? [] : pairs(context),
    ...paragraphs === null ? [] : list("paragraphs", "a list of paragraphs", paragraphs).map(
      (paragraph, i) => paragraphOf(`paragraphs[${i}]`, paragraph),
    ),
  ];
}

/** The paragraph as one text: sentences are parted by a space where they bring none. */
export function contextText({ sentences }: Pick<QuestionContext, "sentences">): string {
  return sentences.reduce(
    (before, sentence) =>
      before === "" || /\s$/.test(before) || /^\s/.test(sentence)
        ? before + sentence
        : `${before} ${sentence}`,
    "",
  ).trim();
}

/**
 * The id of a paragraph in an index of contexts: it follows from title and text alone, so that it is the
 * same whatever files are read, and in whatever order.
 */
export function contextId(
  { title, text }: { readonly title: string; readonly text: string },
): string {
  return sha256Hex(new TextEncoder().encode(JSON.stringify([title, text]))).slice(0, 16);
}

function pairs(context: unknown): QuestionContext[] {
  if (Array.isArray(context)) {
    return context.map((pair, i) => {
      const where = `context[${i}]`;
      if (!Array.isArray(pair) || pair.length !== 2) throw fieldError(where, CONTEXT, pair);
      return contextOf(where, pair[0], pair[1]);
    });
  }
  const columns = fieldsOf("context", context);
  const titles = list("context.title", "a list of titles", columns.title);
  const sentences = columns.sentences ?? columns.content;
  const texts = list("context.sentences", "a list of lists of sentences", sentences);
  if (texts.length !== titles.length) {
    throw fieldError("context.sentences", `as long as its ${titles.length} titles`, texts);
  }
  return titles.map((title, i) => contextOf(`context[${i}]`, title, texts[i]));
}

function contextOf(where: string, title: unknown, value: unknown): QuestionContext {
  const sentences = typeof value === "string" ? [value] : list(where, CONTEXT, value);
  const bad = sentences.find((sentence) => typeof sentence !== "string");
  if (bad !== undefined) throw fieldError(where, "a list of sentences", bad);
  return {
    title: text(`${where}.title`, title),
    sentences: sentences as string[],
    isSupporting: null,
  };
}

function paragraphOf(where: string, value: unknown): QuestionContext {
  const paragraph = fieldsOf(where, value);
  const supporting = paragraph.is_supporting ?? null;
  if (supporting !== null && typeof supporting !== "boolean") {
    throw fieldError(`${where}.is_supporting`, "true or false", supporting);
  }
  return {
    title: text(`${where}.title`, paragraph.title),
    sentences: [text(`${where}.paragraph_text`, paragraph.paragraph_text ?? paragraph.text)],
    isSupporting: supporting,
  };
}
