import { benchmarkByName } from "./benchmark_name.ts";
import type { BenchmarkDescriptor } from "./descriptors.ts";
import type { Fields } from "./task_from_record.ts";

/** Examples that are looked at: a file's form does not change within it. */
const LOOKED_AT = 100;

/**
 * Distinctive traits of each benchmark's examples: the form of their ids, or fields that no other
 * benchmark has.
 *
 * @source the benchmarks' own files and their copies on the hub
 */
const SIGNATURES: Readonly<Record<string, (record: Fields) => boolean>> = {
  "musique": ({ id }) => matches(id, /^[234]hop\d?__\d+(?:_\d+)+$/),
  // Ids of MongoDB, all made in 2018.
  "hotpotqa": ({ id, _id, question }) =>
    typeof question === "string" && matches(id ?? _id, /^5a[0-9a-f]{22}$/),
  // UUIDs by time, all made in 2020 and 2021.
  "2wikimultihopqa": ({ id, _id, question }) =>
    typeof question === "string" && matches(id ?? _id, /^[0-9a-f]{12}11eb[0-9a-f]{16}$/),
  "gsm-hard": (record) => has(record, "input", "code", "target"),
  "svamp": (record) => has(record, "Body", "Question", "Equation", "Answer"),
  // Worked solutions with the calculator's notes.
  "gsm8k": ({ question, answer }) =>
    typeof question === "string" && matches(answer, /<<[^<>]*>>[^]*\n#### ?\S/),
  "math": (record) =>
    has(record, "problem", "solution", "type") && matches(record.level, /^Level [\d?]$/) ||
    matches(record.unique_id, /^(?:train|test)\/[a-z_]+\/\d+(?:\.json)?$/),
  "aime": (record) =>
    matches(record.ID, /^(?:19|20)\d\d-(?:I{1,2}-)?\d+$/) && has(record, "Answer") ||
    matches(record.url, /_AIME(?:_I{1,2})?_Problems(?:\/|$)/),
  "olymmath": ({ unique_id }) => matches(unique_id, /^OlymMATH-/i),
};

/**
 * The benchmark that the examples' ids and fields point to; undefined when they point to none, or
 * to several.
 *
 * @example
 * ```ts
 * import { benchmarkByFields } from "@potstill/tasks/benchmark_by_fields.ts";
 * const record = { question: "2 + 3?", answer: "2 + 3 = <<2+3=5>>5\n#### 5" };
 * if (benchmarkByFields([record])?.name !== "gsm8k") throw new Error("not known");
 * ```
 */
export function benchmarkByFields(records: readonly Fields[]): BenchmarkDescriptor | undefined {
  const seen = records.slice(0, LOOKED_AT);
  const names = Object.entries(SIGNATURES)
    // GSM8K has single answers without notes.
    .filter(([name, fits]) =>
      seen.filter(fits).length >= (name === "gsm8k" ? 0.9 : 1) * seen.length
    );
  return seen.length > 0 && names.length === 1 ? benchmarkByName(names[0][0]) : undefined;
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

function has(record: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(record, name));
}
