import { basename } from "node:path";
import type { HubOptions } from "../http/hub/hub_repository.ts";
import { checkTask } from "../records/check.ts";
import type { AnswerKind, Task } from "../records/task.ts";
import { sha256Hex } from "../runs/hash.ts";
import { benchmarkByName } from "./benchmark_name.ts";
import type { BenchmarkDescriptor } from "./descriptors.ts";
import { hubDataSet, isHubDataSet } from "./hub_data_set.ts";
import { isProblemFolder, readFolder } from "./problem_folder.ts";
import { type Fields, type FileForm, type RawBenchmark, readRecords } from "./read_records.ts";
import { recognizeBenchmark } from "./recognize_benchmark.ts";
import { taskCluster } from "./task_cluster.ts";
import { taskFromRecord } from "./task_from_record.ts";
import { readInput } from "../runs/read_input.ts";

/** Values for whatever a file leaves open. */
export interface LoadBenchmarkOptions {
  /** The benchmark's name. @default recognised by {@link recognizeBenchmark} */
  readonly name?: string;
  /** Split of all examples, whatever they say. @default theirs */
  readonly split?: "train" | "test";
  /** Split of examples that do not say theirs. @default "test", which is never trained on unawares */
  readonly fallbackSplit?: "train" | "test";
  /**
   * Grading of its answers.
   * @default the benchmark's; `math` or `qa` by the fields when it is unknown
   */
  readonly kind?: AnswerKind;
  /** How data sets of the hub are fetched. @default as the environment says */
  readonly hub?: HubOptions;
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
  /** The commit of a data set of the hub; absent for a file. */
  readonly revision?: string;
  /** True if the checksum is that of a file of the descriptor. */
  readonly isKnownFile: boolean;
}

/**
 * Loads a benchmark file in any of its usual forms, a folder with a file for each problem (MATH), or a
 * data set of the hub (`OWNER/NAME`, `OWNER/NAME:SPLIT`, `OWNER/NAME:CONFIG:SPLIT`, with `@REVISION`).
 *
 * @throws {Error} naming the file when it cannot be read, when it is not known which benchmark it holds,
 * when no example can be used, with its fields, or an example of a known benchmark has a field of another
 * form, with its place; single examples that cannot be used are reported as `problems`
 */
export async function loadBenchmark(
  path: string,
  options: LoadBenchmarkOptions = {},
): Promise<LoadedBenchmark> {
  if (await isProblemFolder(path)) {
    const { raw, sha256 } = await readFolder(path);
    return benchmarkFromRecords(path, raw, sha256, options);
  }
  if (isHubDataSet(path)) return await benchmarkOfHub(path, options);
  return benchmarkFromBytes(path, await readInput(path), options);
}

/** A split of a data set of the hub: the examples of all its files. */
async function benchmarkOfHub(
  name: string,
  options: LoadBenchmarkOptions,
): Promise<LoadedBenchmark> {
  const { files, split, revision } = await hubDataSet(name, options.hub);
  const raws: RawBenchmark[] = [];
  const hashes: string[] = [];
  for (const file of files) {
    const bytes = await readInput(file);
    const raw = readRecords(file, bytes);
    const at = files.length === 1 ? "" : `${basename(file)}, `;
    raws.push({ ...raw, places: raw.places.map((place) => `${at}${place}`) });
    hashes.push(sha256Hex(bytes));
  }
  const sha256 = hashes.length === 1
    ? hashes[0]
    : sha256Hex(new TextEncoder().encode(hashes.join("\n")));
  const loaded = benchmarkFromRecords(
    name,
    {
      ...raws[0],
      records: raws.flatMap(({ records }) => records),
      places: raws.flatMap(({ places }) => places),
    },
    sha256,
    { ...options, split: options.split ?? (split === "train" ? "train" : "test") },
  );
  return { ...loaded, revision };
}

/** {@link loadBenchmark} for content that is already in memory. */
export function benchmarkFromBytes(
  path: string,
  bytes: Uint8Array,
  options: LoadBenchmarkOptions = {},
): LoadedBenchmark {
  return benchmarkFromRecords(path, readRecords(path, bytes), sha256Hex(bytes), options);
}

function benchmarkFromRecords(
  path: string,
  { form, records, places, metadata }: RawBenchmark,
  sha256: string,
  options: LoadBenchmarkOptions,
): LoadedBenchmark {
  if (records.length === 0) throw new Error(`Cannot read ${path}: it holds no examples`);
  const areTasks = options.name === undefined && records.every(isTask);
  const { name, descriptor } = areTasks
    ? nameOfTasks(path, records, places)
    : recognizeBenchmark(path, records, options.name, places);
  const told = areTasks ? (records[0] as unknown as Task).kind : undefined;
  const kind = options.kind ?? told ?? descriptor?.kind ?? kindByFields(records);
  const known = descriptor?.files.find((file) => file.sha256 === sha256);
  const isTold = options.split !== undefined || known !== undefined;
  const split = options.split ?? known?.split ?? toldSplit(records[0]) ?? options.fallbackSplit ??
    "test";

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
    const own = isTold ? split : toldSplit(record) ?? options.fallbackSplit ?? "test";
    const task = at(
      path,
      places[index],
      () =>
        areTasks ? { ...checkTask(record), kind, split: own } : taskFromRecord(record, {
          benchmark: name,
          kind,
          split: own,
          isKnown: descriptor !== null,
        }, index + 1),
    );
    const odd = isTold ? null : unknownSplit(record);
    if (odd !== null) report(`split ${odd} is not known; taken for ${own}`, task.id);
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
    problems: [...problems, ...metadataProblems(metadata, records.length, descriptor)],
    sha256,
    descriptor,
    isKnownFile: known !== undefined,
  };
}

/** What `read` gives; what it throws about a field names the file and the place. */
function at<Value>(path: string, place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`Cannot read ${path} ${place}: ${error.message}`, { cause: error });
  }
}

/** True if an example is a task as `deno task potstill benchmarks --out` writes it. */
function isTask(record: Fields): boolean {
  return ["id", "benchmark", "question", "answer", "kind", "split"].every((name) =>
    typeof record[name] === "string"
  );
}

function nameOfTasks(path: string, records: readonly Fields[], places: readonly string[]) {
  const name = String(records[0].benchmark);
  const odd = records.findIndex(({ benchmark }) => benchmark !== name);
  if (odd >= 0) {
    throw new Error(
      `Cannot read ${path} ${places[odd]}: benchmark is ${
        JSON.stringify(records[odd].benchmark)
      }, ` +
        `and ${JSON.stringify(name)} before; a file holds one benchmark's tasks`,
    );
  }
  const descriptor = benchmarkByName(name) ?? null;
  return { name, descriptor: descriptor?.name === name ? descriptor : null };
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

const TEST_SPLITS = ["test", "dev", "development", "validation", "valid", "val", "eval"];

/** Split that a record names: anything known that is not for training is for testing. */
function toldSplit(record: Fields): "train" | "test" | null {
  const told = String(record.split ?? record.fold ?? "").trim().toLowerCase();
  if (told === "train" || told === "training") return "train";
  return TEST_SPLITS.includes(told) ? "test" : null;
}

/** A split that a record names, and that is none of the usual; null otherwise. */
function unknownSplit(record: Fields): string | null {
  const value = record.split ?? record.fold ?? null;
  const isOpen = value === null || /^\W*$/.test(String(value));
  return isOpen || toldSplit(record) !== null ? null : JSON.stringify(value);
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
