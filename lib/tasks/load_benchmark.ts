import { basename } from "node:path";
import type { AnswerKind, Task } from "../records/task.ts";
import { sha256Hex } from "../runs/hash.ts";
import { benchmarkByName } from "./benchmark_name.ts";
import type { BenchmarkDescriptor } from "./descriptors.ts";
import { type FileForm, readRecords } from "./read_records.ts";
import { recognizeBenchmark } from "./recognize_benchmark.ts";
import { taskCluster } from "./task_cluster.ts";
import { taskFromRecord } from "./task_from_record.ts";
import { readInput } from "../runs/read_input.ts";

/** Values for whatever a file leaves open. */
export interface LoadBenchmarkOptions {
  /** The benchmark's name. @default recognised by {@link recognizeBenchmark} */
  readonly name?: string;
  /** Split of the file. */
  readonly split?: "train" | "test";
  /**
   * Grading of its answers.
   * @default the benchmark's; `math` or `qa` by the fields when it is unknown
   */
  readonly kind?: AnswerKind;
}

/** Something about a file that a user should know. */
export interface BenchmarkProblem {
  /** Description of the problem, in a few words. */
  readonly problem: string;
  /** Examples that have it. */
  readonly count: number;
  /** The first few ids. */
  readonly ids: readonly string[];
}

/** A benchmark file as tasks. */
export interface LoadedBenchmark {
  /** The file. */
  readonly path: string;
  /** The benchmark's name. */
  readonly name: string;
  /** Split of the file. */
  readonly split: "train" | "test";
  /** Grading of its answers. */
  readonly kind: AnswerKind;
  /** The form of the file. */
  readonly form: FileForm;
  /** Examples in the file, with or without problems. */
  readonly examples: number;
  /** The examples that can be used, in order. */
  readonly tasks: readonly Task[];
  /** Names of the fields, with the number of examples that have them. */
  readonly fields: Readonly<Record<string, number>>;
  /** Problems of the file that a user should know. */
  readonly problems: readonly BenchmarkProblem[];
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
  /** Descriptor of the benchmark, or null when it is none of the paper's. */
  readonly descriptor: BenchmarkDescriptor | null;
  /** True if the checksum is that of a file of the descriptor. */
  readonly isKnownFile: boolean;
}

/**
 * Loads a benchmark file in any of its usual forms.
 *
 * @throws {Error} naming the file when it cannot be read or no example can be used, with its fields;
 * single examples that cannot be used are reported as `problems`
 */
export async function loadBenchmark(
  path: string,
  options: LoadBenchmarkOptions = {},
): Promise<LoadedBenchmark> {
  return benchmarkFromBytes(path, await readInput(path), options);
}

/** {@link loadBenchmark} for content that is already in memory. */
export function benchmarkFromBytes(
  path: string,
  bytes: Uint8Array,
  options: LoadBenchmarkOptions = {},
): LoadedBenchmark {
  const { form, records, metadata } = readRecords(path, bytes);
  if (records.length === 0) throw new Error(`Cannot read ${path}: it holds no examples`);
  const { name, descriptor, doubt } = recognizeBenchmark(path, records, options.name);
  const kind = options.kind ?? descriptor?.kind ?? kindByFields(records);
  const sha256 = sha256Hex(bytes);
  const known = descriptor?.files.find((file) => file.sha256 === sha256);
  const isTold = options.split !== undefined || known !== undefined;
  const split = options.split ?? known?.split ?? splitOf(path, records[0]);

  const tasks: Task[] = [];
  const found = new Map<string, string[]>();
  const report = (problem: string, id: string) => {
    found.set(problem, [...found.get(problem) ?? [], id]);
  };
  const ids = new Set<string>();
  const questions = new Set<string>();
  const fields = new Map<string, number>();
  records.forEach((record, index) => {
    for (const [field, value] of Object.entries(record)) {
      if (value !== null && value !== undefined) fields.set(field, (fields.get(field) ?? 0) + 1);
    }
    // A file may hold both splits; each record then says which it is of.
    const own = isTold ? split : toldSplit(record) ?? split;
    const task = taskFromRecord(record, { benchmark: name, kind, split: own }, index + 1);
    if ("problem" in task) return report(task.problem, task.id);
    if (ids.has(task.id)) return report("id occurs twice; later ones are left out", task.id);
    if (questions.has(task.question)) report("question occurs twice", task.id);
    if (name === "musique" && taskCluster(task) === undefined) {
      report("id does not name its hops; it is its own cluster", task.id);
    }
    ids.add(task.id);
    questions.add(task.question);
    tasks.push(task);
  });
  if (tasks.length === 0) throw new Error(noneUsable(path, [...fields.keys()], [...found.keys()]));
  const problems = [...found].map(([problem, all]) => ({
    problem,
    count: all.length,
    ids: all.slice(0, 5),
  }));
  return {
    path,
    name,
    split,
    kind,
    form,
    examples: records.length,
    tasks,
    fields: Object.fromEntries(fields),
    problems: [
      ...problems,
      ...metadataProblems(metadata, records.length, descriptor),
      ...doubt === null ? [] : [{ problem: doubt, count: 1, ids: [] }],
    ],
    sha256,
    descriptor,
    isKnownFile: known !== undefined,
  };
}

function noneUsable(path: string, fields: readonly string[], why: readonly string[]): string {
  const names = fields.slice(0, 12).map((name) => JSON.stringify(name)).join(", ");
  return `Cannot use ${path}: no example has a question and an answer (${why.join(", ")}); its ` +
    `fields are ${names === "" ? "none" : names}. Wanted are such as "question" and "answer"`;
}

const MATH_FIELDS = ["problem", "Problem", "target", "solution", "Equation"];

function kindByFields(records: readonly Readonly<Record<string, unknown>>[]): AnswerKind {
  const seen = records.slice(0, 20);
  // SimpleQA has its questions in "problem", too.
  if (2 * seen.filter(hasWordsAsAnswer).length > seen.length) return "qa";
  const isMath = seen.some((record) =>
    MATH_FIELDS.some((name) => Object.hasOwn(record, name)) ||
    typeof record.answer === "number" ||
    typeof record.answer === "string" && /(?:^|\n)#### ?\S/.test(record.answer)
  );
  return isMath ? "math" : "qa";
}

/** True if the answer is a name, a date or a sentence, and no formula, number or worked solution. */
function hasWordsAsAnswer({ answer, target }: Readonly<Record<string, unknown>>): boolean {
  const text = answer ?? target;
  return typeof text === "string" && !text.includes("####") && !text.includes("\\") &&
    /\p{L}{4}/u.test(text);
}

function splitOf(path: string, record: Readonly<Record<string, unknown>>): "train" | "test" {
  return toldSplit(record) ??
    (/(?:^|[^a-z])train/.test(basename(path).toLowerCase()) ? "train" : "test");
}

/** Split that a record names; anything that is not for training is for testing. */
function toldSplit(record: Readonly<Record<string, unknown>>): "train" | "test" | null {
  const told = String(record.split ?? record.fold ?? "").trim().toLowerCase();
  return told === "" ? null : told === "train" || told === "training" ? "train" : "test";
}

/** Contradictions between a file's description of itself and its content. */
function metadataProblems(
  metadata: Readonly<Record<string, unknown>>,
  examples: number,
  descriptor: BenchmarkDescriptor | null,
): BenchmarkProblem[] {
  const info = (metadata.dataset_info ?? metadata) as Readonly<Record<string, unknown>>;
  const problems: BenchmarkProblem[] = [];
  const told = info.total_examples;
  if (typeof told === "number" && told !== examples) {
    problems.push({ problem: `metadata tells of ${told} examples`, count: 1, ids: [] });
  }
  const name = typeof info.name === "string" ? benchmarkByName(info.name) : undefined;
  if (name !== undefined && descriptor !== null && name.name !== descriptor.name) {
    problems.push({ problem: `metadata calls it ${JSON.stringify(info.name)}`, count: 1, ids: [] });
  }
  return problems;
}
