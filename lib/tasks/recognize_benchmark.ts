import { basename } from "node:path";
import { benchmarkByFields } from "./benchmark_by_fields.ts";
import { benchmarkByName, benchmarkByStem } from "./benchmark_name.ts";
import type { BenchmarkDescriptor } from "./descriptors.ts";

/** Benchmark recognised in a file. */
export interface RecognizedBenchmark {
  /** Its name: the benchmark's, or that of the user's own data. */
  readonly name: string;
  /** Its descriptor, or null for data of no known benchmark. */
  readonly descriptor: BenchmarkDescriptor | null;
  /** Contradicting evidence, such as another name of the file; null when there is none. */
  readonly doubt: string | null;
}

/**
 * Tells which benchmark a file holds: by the name given, else by what its examples say
 * (`dataset_name`, `data_source`), else by their ids and fields, else by the file's whole name apart
 * from split, size and version. A file of none of them is data of the user's own, which are never
 * taken for a benchmark that the paper trains on.
 *
 * @param given the name that the user gives
 * @throws {Error} naming the file and its fields when its examples say one thing and are another
 */
export function recognizeBenchmark(
  path: string,
  records: readonly Readonly<Record<string, unknown>>[],
  given?: string,
): RecognizedBenchmark {
  if (given !== undefined) return named(given);
  const stem = basename(path).replace(/\.\w+$/, "");
  const told = [...new Set(records.map(toldName).filter((name) => name !== ""))];
  const byFields = benchmarkByFields(records);
  const benchmarks = new Map(told.map((name) => [benchmarkByName(name)?.name ?? name, name]));
  if (benchmarks.size > 1) {
    throw new Error(unclear(path, records, `its examples say ${told.slice(0, 5).join(", ")}`));
  }
  if (told.length > 0) {
    const found = named(told[0]);
    // A set of its own in the form of a known one, such as GSM-Plus in GSM8K's, is what it says.
    if (found.descriptor === null || byFields === undefined || byFields === found.descriptor) {
      return found;
    }
    throw new Error(
      unclear(path, records, `its examples say "${told[0]}", and look like ${byFields.name}`),
    );
  }
  const byStem = benchmarkByStem(stem);
  if (byFields !== undefined) {
    const isOther = byStem !== undefined && byStem !== byFields;
    const doubt = isOther ? `the file is called ${byStem.name}; its examples are not` : null;
    return { name: byFields.name, descriptor: byFields, doubt };
  }
  return { name: byStem?.name ?? stem, descriptor: byStem ?? null, doubt: null };
}

function named(name: string): RecognizedBenchmark {
  const descriptor = benchmarkByName(name) ?? null;
  return { name: descriptor?.name ?? name, descriptor, doubt: null };
}

/** The name that an example gives its data set, or "". */
function toldName(record: Readonly<Record<string, unknown>>): string {
  const name = record.dataset_name ?? record.data_source;
  return typeof name === "string" ? name.trim() : "";
}

function unclear(
  path: string,
  records: readonly Readonly<Record<string, unknown>>[],
  why: string,
): string {
  const fields = Object.keys(records[0] ?? {}).slice(0, 12).join(", ");
  return `Cannot tell which benchmark ${path} is: ${why}; its fields are ${fields}. ` +
    "Name it: --benchmark-name NAME";
}
