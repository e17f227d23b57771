import type { AnnotatedHop, Annotation, SupportingFact } from "../records/annotation.ts";
import { fieldError, fieldsOf, list, text, unquoted } from "./field_error.ts";
import {
  contextId,
  contextText,
  type QuestionContext,
  questionContexts,
} from "./question_contexts.ts";
import type { Fields } from "./read_records.ts";

/** The annotation of an example, and the passages that it says hold the evidence. */
export interface RecordAnnotation {
  /** Empty where the example has none. */
  readonly annotation: Annotation;
  /** Ids of the gold passages: the example's own, else those in an index of contexts. */
  readonly evidence: readonly string[];
  /** Titles of the gold passages. */
  readonly goldTitles: readonly string[];
}

const FACTS = "a list of [title, sentence number]";
const TRIPLES = "a list of [subject, relation, object]";

/**
 * Reads what people wrote down on the way to an example's answer.
 *
 * @throws {TypeError} naming the field that has another form than its data set's
 * @source HotpotQA's supporting_facts; 2WikiMultiHopQA's evidences, qa_pairs and explanation; MuSiQue's
 *   question_decomposition; GSM8K's answer; MATH's solution; SVAMP's Equation; GSM-Hard's code
 */
export function annotationOfRecord(record: Fields): RecordAnnotation {
  const contexts = questionContexts(record);
  const facts = supportingFacts(record, contexts);
  const hops = [...decomposition(record, contexts), ...relatedHops(record, facts)];
  const solution = workedSolution(record);
  const explanation = optionalText(record, "explanation");
  const equation = equationOf(record);
  const program = optionalText(record, "code");
  const supporting = contexts.filter(({ isSupporting }) => isSupporting === true);
  const titles = unique([
    ...texts(record, "gold_titles"),
    ...facts.map(({ title }) => title),
    ...hops.flatMap(({ title }) => title ?? []),
    ...supporting.map(({ title }) => title),
  ]);
  const given = texts(record, "gold_passages");
  const gold = supporting.length > 0
    ? supporting
    : contexts.filter(({ title }) => titles.includes(title));
  return {
    annotation: {
      ...hops.length === 0 ? {} : { hops },
      ...facts.length === 0 ? {} : { facts },
      ...explanation === null ? {} : { explanation },
      ...solution === null ? {} : { solution },
      ...equation === null ? {} : { equation },
      ...program === null ? {} : { program },
    },
    evidence: given.length > 0 ? given : unique(
      gold.map((context) => contextId({ title: context.title, text: contextText(context) })),
    ),
    goldTitles: titles,
  };
}

function supportingFacts(record: Fields, contexts: readonly QuestionContext[]): SupportingFact[] {
  const value = unquoted(record, "supporting_facts", FACTS);
  if (value === null) return [];
  const fact = (where: string, title: unknown, sentence: unknown): SupportingFact => {
    const name = text(`${where} title`, title);
    const number = typeof sentence === "bigint" ? Number(sentence) : sentence;
    if (typeof number !== "number" || !Number.isInteger(number) || number < 0) {
      throw fieldError(where, FACTS, sentence);
    }
    const found = contexts.find((context) => context.title === name)?.sentences[number]?.trim();
    return { title: name, ...found ? { sentence: found } : {} };
  };
  if (Array.isArray(value)) {
    return value.map((pair, i) => {
      const where = `supporting_facts[${i}]`;
      if (!Array.isArray(pair) || pair.length !== 2) throw fieldError(where, FACTS, pair);
      return fact(where, pair[0], pair[1]);
    });
  }
  const columns = fieldsOf("supporting_facts", value);
  const titles = list("supporting_facts.title", "a list of titles", columns.title);
  const sentences = list("supporting_facts.sent_id", "a list of numbers", columns.sent_id);
  return titles.map((title, i) => fact(`supporting_facts[${i}]`, title, sentences[i]));
}

function decomposition(record: Fields, contexts: readonly QuestionContext[]): AnnotatedHop[] {
  const name = "question_decomposition";
  const value = unquoted(record, name, "a list of sub-questions");
  if (value === null) return [];
  return list(name, "a list of sub-questions", value).map((item, i) => {
    const where = `${name}[${i}]`;
    const hop = fieldsOf(where, item);
    const at = hop.paragraph_support_idx ?? null;
    // The idx of a paragraph is its place.
    const support = at === null ? undefined : contexts[Number(at)];
    if (at !== null && contexts.length > 0 && support === undefined) {
      throw fieldError(`${where}.paragraph_support_idx`, "the place of a paragraph", at);
    }
    return {
      question: text(`${where}.question`, hop.question),
      answer: text(`${where}.answer`, hop.answer),
      ...support === undefined ? {} : { title: support.title },
    };
  });
}

/** 2WikiMultiHopQA's relations, with the sub-questions beside them where there are some. */
function relatedHops(record: Fields, facts: readonly SupportingFact[]): AnnotatedHop[] {
  const relations = unquoted(record, "evidences", TRIPLES) ?? [];
  const pairs = questionPairs(record);
  const triples = list("evidences", TRIPLES, relations).map((triple, i) => {
    const where = `evidences[${i}]`;
    if (!Array.isArray(triple) || triple.length !== 3) throw fieldError(where, TRIPLES, triple);
    return triple.map((part) => text(where, part));
  });
  if (triples.length === 0) return pairs.map((pair) => ({ ...pair, answer: pair.statement }));
  return triples.map(([subject, relation, answer], i) => {
    const title = facts.length === triples.length
      ? facts[i].title
      : facts.find(({ title }) => [title, title.replace(/ \([^()]*\)$/, "")].includes(subject))
        ?.title;
    return {
      subject,
      relation,
      answer,
      ...pairs.length === triples.length ? pairs[i] : {},
      ...title === undefined ? {} : { title },
    };
  });
}

function questionPairs(
  record: Fields,
): { readonly question: string; readonly statement: string }[] {
  const wanted = "a list of questions with answers";
  const value = unquoted(record, "qa_pairs", wanted);
  if (value === null) return [];
  return list("qa_pairs", wanted, value).map((item, i) => {
    const where = `qa_pairs[${i}]`;
    const pair = fieldsOf(where, item);
    return {
      question: text(`${where}.question`, pair.question),
      statement: text(`${where}.answer`, pair.answer),
    };
  });
}

/** GSM8K's answer is its solution. */
function workedSolution(record: Fields): string | null {
  const { answer } = record;
  if (typeof answer === "string" && /(?:^|\n)#### ?\S/.test(answer)) return answer.trim();
  return optionalText(record, "solution") ?? optionalText(record, "Solution");
}

function equationOf(record: Fields): string | null {
  const equation = optionalText(record, "Equation");
  const numbers = optionalText(record, "Numbers");
  return equation === null || numbers === null ? equation : infix(withNumbers(equation, numbers));
}

/** A text of SVAMP's repository with its numbers in place of `number0`, `number1`. */
export function withNumbers(template: string, numbers: string): string {
  const values = numbers.trim().split(/\s+/);
  return template.replace(/\bnumber(\d+)\b/g, (name, at) => {
    const value = values[Number(at)];
    if (value === undefined) throw fieldError("Numbers", `the value of ${name}`, numbers);
    return value.replace(/\.0+$/, "");
  });
}

/** `- 8 3` as `( 8 - 3 )`; a text of another form as it is. */
function infix(prefix: string): string {
  const stack: string[] = [];
  for (const token of prefix.trim().split(/\s+/).reverse()) {
    if (!/^[-+*/]$/.test(token)) stack.push(token);
    else if (stack.length < 2) return prefix;
    else stack.push(`( ${stack.pop()} ${token} ${stack.pop()} )`);
  }
  return stack.length === 1 ? stack[0] : prefix;
}

function optionalText(record: Fields, field: string): string | null {
  const value = record[field] ?? null;
  if (value === null) return null;
  if (typeof value !== "string") throw fieldError(field, "a text", value);
  return value.trim() === "" ? null : value;
}

function texts(record: Fields, field: string): string[] {
  const value = unquoted(record, field, "a list of texts");
  if (value === null) return [];
  return list(field, "a list of texts", value).map((item, i) => text(`${field}[${i}]`, item));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
