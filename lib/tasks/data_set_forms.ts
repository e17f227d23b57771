import type { Fields } from "./read_records.ts";

/** A published form of a benchmark's examples. */
export interface DataSetForm {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** Fields and values that tell it, for people. */
  readonly told: string;
  /** True if an example has the form. */
  fits(record: Fields): boolean;
  /** Share of a file's examples that must have it; the others must have `allows`. @default 1 */
  readonly share?: number;
  /** True if an example may stand among those of the form. */
  allows?(record: Fields): boolean;
}

const HOTPOT_TYPES = ["bridge", "comparison"];
const HOTPOT_LEVELS = ["easy", "medium", "hard"];
const TWO_WIKI_TYPES = ["compositional", "inference", "bridge_comparison"];
const MATH_SUBJECTS = [
  "Algebra",
  "Counting & Probability",
  "Geometry",
  "Intermediate Algebra",
  "Number Theory",
  "Prealgebra",
  "Precalculus",
];

/**
 * The forms in which the known benchmarks are published, and those of the reference's files. A form is
 * told by fields, or by a field's values, such as the form of the ids.
 *
 * @source the benchmarks' own files and their copies on the hub
 */
export const DATA_SET_FORMS: readonly DataSetForm[] = [
  {
    benchmark: "hotpotqa",
    told: "question, answer, supporting_facts, context, type bridge or comparison, level",
    fits: (record) =>
      has(record, "question", "supporting_facts") && !has(record, "evidences") &&
      !has(record, "question_decomposition") &&
      (oneOf(record.level, HOTPOT_LEVELS) || oneOf(record.type, HOTPOT_TYPES)) &&
      !oneOf(record.type, TWO_WIKI_TYPES) && !hasTwoWikiId(record),
  },
  {
    benchmark: "hotpotqa",
    told: "question, an _id or id such as 5a7a06935542990198eaf050",
    // Ids of MongoDB, all made in 2018.
    fits: ({ id, _id, ...record }) =>
      has(record, "question") && matches(_id ?? id, /^5a[0-9a-f]{22}$/),
  },
  {
    benchmark: "2wikimultihopqa",
    told: "question, answer, supporting_facts, evidences, context, type",
    fits: (record) =>
      has(record, "question", "evidences") &&
      (has(record, "supporting_facts") || has(record, "context")),
  },
  {
    benchmark: "2wikimultihopqa",
    told: "question, supporting_facts, type compositional, inference or bridge_comparison",
    fits: (record) =>
      has(record, "question", "supporting_facts") && oneOf(record.type, TWO_WIKI_TYPES),
  },
  {
    benchmark: "2wikimultihopqa",
    told: "question, an _id or id such as 8813f87c0bdd11eba7f7acde48001122",
    fits: (record) => has(record, "question") && hasTwoWikiId(record),
  },
  {
    benchmark: "musique",
    told: "question, answer, question_decomposition, paragraphs",
    fits: (record) => has(record, "question", "question_decomposition"),
  },
  {
    benchmark: "musique",
    told: "question, an id such as 2hop__150763_14904",
    fits: ({ id, ...record }) =>
      has(record, "question") && matches(id, /^[234]hop\d?__\d+(?:_\d+)+$/),
  },
  {
    benchmark: "bamboogle",
    told: "Question, Answer and nothing else",
    fits: (record) => isQuestionAnswer(record) && !isNumber(record.Answer),
    // Some answers are years, most are names.
    share: 0.5,
    allows: isQuestionAnswer,
  },
  {
    benchmark: "gsm8k",
    told: "question, answer with <<48/2=24>> and #### 24",
    fits: ({ question, answer }) =>
      typeof question === "string" && matches(answer, /<<[^<>]*>>[^]*\n#### ?\S/),
    // It has single answers without notes.
    share: 0.9,
    allows: ({ question, answer }) =>
      typeof question === "string" && matches(answer, /(?:^|\n)#### ?\S/),
  },
  {
    benchmark: "gsm-hard",
    told: "input, code, target",
    fits: (record) => has(record, "input", "code", "target"),
  },
  {
    benchmark: "svamp",
    told: "Body, Question, Equation, Answer",
    fits: (record) => has(record, "Body", "Question", "Equation", "Answer"),
  },
  {
    benchmark: "svamp",
    told: "Question with number0, Numbers, Equation, Answer",
    fits: (record) =>
      has(record, "Numbers", "Equation", "Answer") && matches(record.Question, /\bnumber0\b/),
  },
  {
    benchmark: "math",
    told: "problem, solution or answer, level, type or subject such as Prealgebra",
    fits: (record) =>
      has(record, "problem") && (has(record, "solution") || has(record, "answer")) &&
      (has(record, "solution") || has(record, "level")) &&
      oneOf(record.type ?? record.subject, MATH_SUBJECTS),
  },
  {
    benchmark: "math",
    told: "problem, a unique_id such as test/algebra/1.json",
    fits: ({ unique_id: id }) => matches(id, /^(?:train|test)\/[a-z_]+\/\d+(?:\.json)?$/),
  },
  {
    benchmark: "aime",
    told: "problem, answer, an ID or id such as 2024-II-4",
    fits: (record) =>
      matches(record.ID ?? record.id, /^(?:19|20)\d\d-(?:I{1,2}-)?\d+$/) && hasAimeAnswer(record),
  },
  {
    benchmark: "aime",
    told: "problem, answer, a url such as .../2024_AIME_I_Problems/Problem_1",
    fits: ({ url }) => matches(url, /_AIME(?:_I{1,2})?_Problems(?:\/|$)/),
  },
  {
    benchmark: "aime",
    told: "problem or Question, answer from 0 to 999, year",
    fits: (record) =>
      isYear(record.year ?? record.Year) && hasAimeAnswer(record) &&
      (has(record, "problem") || has(record, "Question", "Problem Number")),
  },
  {
    benchmark: "olymmath",
    told: "problem, answer, a unique_id such as OlymMATH-HARD-0-EN",
    fits: ({ unique_id: id }) => matches(id, /^OlymMATH-/i),
  },
];

/**
 * The benchmarks of which all examples have a form, and the number of examples that have one of each.
 */
export function benchmarksByFields(
  records: readonly Fields[],
): { readonly names: readonly string[]; readonly counts: ReadonlyMap<string, number> } {
  const flat = records.map(withMetadata);
  const counts = new Map<string, number>();
  const names: string[] = [];
  for (const benchmark of new Set(DATA_SET_FORMS.map((form) => form.benchmark))) {
    const forms = DATA_SET_FORMS.filter((form) => form.benchmark === benchmark);
    const count = flat.filter((record) => forms.some((form) => form.fits(record))).length;
    if (count === 0) continue;
    counts.set(benchmark, count);
    const share = Math.min(...forms.map((form) => form.share ?? 1));
    const isAll = flat.every((record) =>
      forms.some((form) => form.fits(record) || form.allows?.(record))
    );
    if (isAll && count >= share * flat.length) names.push(benchmark);
  }
  return { names, counts };
}

/** Whether an example has, or may stand among those with, a form of a benchmark. */
export function isOfBenchmark(record: Fields, benchmark: string): boolean {
  const flat = withMetadata(record);
  return DATA_SET_FORMS.some((form) =>
    form.benchmark === benchmark && (form.fits(flat) || form.allows?.(flat) === true)
  );
}

/** An example with what it has in `metadata`, as FlashRAG's files do. */
export function withMetadata(record: Fields): Fields {
  const { metadata } = record;
  const isObject = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  return isObject ? { ...metadata, ...record } : record;
}

function isQuestionAnswer(record: Fields): boolean {
  // The first column of a table that was written with its row numbers has no name.
  return has(record, "Question", "Answer") &&
    Object.keys(record).every((key) => /^(?:Question|Answer|Unnamed: 0|)$/.test(key));
}

function isNumber(value: unknown): boolean {
  return matches(String(value).trim(), /^-?[\d.,]+$|\\/);
}

/** UUIDs by time, all made in 2020 and 2021. */
function hasTwoWikiId({ id, _id }: Fields): boolean {
  return matches(_id ?? id, /^[0-9a-f]{12}11eb[0-9a-f]{16}$/);
}

function hasAimeAnswer(record: Fields): boolean {
  return matches(String(record.answer ?? record.Answer ?? ""), /^\d{1,3}(?:\.0)?$/);
}

function isYear(value: unknown): boolean {
  return matches(String(value), /^(?:198[3-9]|199\d|20\d\d)(?:\.0)?$/);
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function oneOf(value: unknown, texts: readonly string[]): boolean {
  return typeof value === "string" && texts.includes(value);
}

function has(record: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(record, name));
}
