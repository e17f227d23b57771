import { benchmarkByName } from "./benchmark_name.ts";
import { benchmarksByFields, DATA_SET_FORMS, isOfBenchmark } from "./data_set_forms.ts";
import type { BenchmarkDescriptor } from "./descriptors.ts";
import type { Fields } from "./read_records.ts";

/** Benchmark recognised in a file. */
export interface RecognizedBenchmark {
  /** Its name: the benchmark's, or that of the user's own data. */
  readonly name: string;
  /** Its descriptor, or null for data of no known benchmark. */
  readonly descriptor: BenchmarkDescriptor | null;
}

/** Most names of fields in a message. */
const MOST_FIELDS = 12;

/**
 * Tells which benchmark a file holds: by the name given, else by what its examples say
 * (`dataset_name`, `data_source`), else by their fields and the form of their ids. The file's name says
 * nothing.
 *
 * @param given the name that the user gives
 * @param places place of each example, such as `line 7`, for errors
 * @throws {Error} naming the file, its fields and those that are known, when examples have the form of no
 *   benchmark or of several, or say one thing and are another
 *
 * @example
 * ```ts
 * import { recognizeBenchmark } from "@potstill/tasks/recognize_benchmark.ts";
 * const record = { question: "2 + 3?", answer: "2 + 3 = <<2+3=5>>5\n#### 5" };
 * if (recognizeBenchmark("file", [record]).name !== "gsm8k") throw new Error("not known");
 * ```
 */
export function recognizeBenchmark(
  path: string,
  records: readonly Fields[],
  given?: string,
  places: readonly string[] = [],
): RecognizedBenchmark {
  if (given !== undefined) return named(given);
  const told = [...new Set(records.map(toldName).filter((name) => name !== ""))];
  const { names, counts } = benchmarksByFields(records);
  const benchmarks = new Map(told.map((name) => [benchmarkByName(name)?.name ?? name, name]));
  if (benchmarks.size > 1) {
    const some = told.slice(0, 5).join(", ");
    throw new Error(unclear(path, `its examples say ${some}`, records[0]));
  }
  if (told.length > 0) {
    const found = named(told[0]);
    // A set of its own in the form of a known one, such as GSM-Plus in GSM8K's, is what it says.
    if (found.descriptor === null || names.length === 0 || names.includes(found.name)) return found;
    const why = `its examples say "${told[0]}", and look like ${names.join(" and ")}`;
    throw new Error(unclear(path, why, records[0]));
  }
  if (names.length === 1) return named(names[0]);
  if (names.length > 1) {
    const why = `its examples may be those of ${names.join(" or ")}`;
    throw new Error(unclear(path, why, records[0]));
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best !== undefined && records.length > 1) {
    const [name, count] = best;
    const odd = records.findIndex((record) => !isOfBenchmark(record, name));
    // Of GSM8K, all may be allowed and too few have its form.
    if (odd >= 0) {
      const place = places[odd] ?? `example ${odd + 1}`;
      const why =
        `${count} of ${records.length} examples are in the form of ${name}, ${place} is not`;
      throw new Error(unclear(path, why, records[odd]));
    }
  }
  const why = `its examples have the form of no known set${otherUse(records[0] ?? {})}`;
  throw new Error(`${unclear(path, why, records[0])}. Known are:\n${knownForms()}`);
}

/** The benchmark that the fields of examples tell; undefined when they tell none, or several. */
export function benchmarkByFields(records: readonly Fields[]): BenchmarkDescriptor | undefined {
  const { names } = benchmarksByFields(records);
  return names.length === 1 ? benchmarkByName(names[0]) : undefined;
}

function named(name: string): RecognizedBenchmark {
  const descriptor = benchmarkByName(name) ?? null;
  return { name: descriptor?.name ?? name, descriptor };
}

/** The name that an example gives its data set, or "". */
function toldName(record: Fields): string {
  const name = record.dataset_name ?? record.data_source;
  return typeof name === "string" ? name.trim() : "";
}

function unclear(path: string, why: string, record: Fields | undefined): string {
  const names = Object.keys(record ?? {});
  const fields = names.slice(0, MOST_FIELDS).map((name) => JSON.stringify(name)).join(", ") ||
    "none";
  const more = names.length > MOST_FIELDS ? ` and ${names.length - MOST_FIELDS} more` : "";
  return `Cannot tell which benchmark ${path} is: ${why}; its fields are ${fields}${more}. ` +
    "Name it, also a set of your own: --benchmark-name NAME (NAME=FILE in --train and --test), or " +
    "dataset_name in its examples";
}

/** What the records of a file that is no benchmark may be. */
function otherUse(record: Fields): string {
  const has = (...names: readonly string[]) => names.every((name) => Object.hasOwn(record, name));
  if (has("title", "text") || has("contents")) {
    return " but that of passages, which `deno task potstill index` reads";
  }
  if (has("messages") || has("instruction", "output") || has("conversations")) {
    return " but that of conversations, which `deno task potstill import` reads";
  }
  return "";
}

function knownForms(): string {
  const names = [...new Set(DATA_SET_FORMS.map(({ benchmark }) => benchmark))];
  return names.map((name) => {
    const forms = DATA_SET_FORMS.filter(({ benchmark }) => benchmark === name);
    return `  ${name}: ${forms.map(({ told }) => told).join("; or ")}`;
  }).join("\n");
}
