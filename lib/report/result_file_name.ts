import { basename, dirname } from "node:path";
import { benchmarkAtEnd, benchmarkByStem } from "../tasks/benchmark_name.ts";
import type { ImportResultsOptions } from "../evaluation/import_results.ts";

/** Facts that the name and folders of a result file give. */
export type ResultFileFacts = Omit<ImportResultsOptions, "benchmark" | "mathPolicy">;

const ENDING = /\.(?:jsonl?|parquet)$/;

/**
 * The facts in the path of a result file: in the tree of the reference implementation model,
 * method, seed, samples and the student's folder
 * (`qa_results/hotpotqa_500_20250422_test/MODEL_temp=0.4_n=8_seed=42_type=agent_steps=5.jsonl`);
 * elsewhere the file's name without the benchmark at its end is the system's.
 *
 * @example
 * ```ts
 * import { factsOfResultFile } from "@potstill/report/result_file_name.ts";
 * const facts = factsOfResultFile("aime_90_test/Qwen_temp=0.0_seed=7_type=reasoning_rag.jsonl");
 * if (facts.system !== "Qwen CoT RAG" || facts.seed !== 7) throw new Error(facts.system);
 * if (facts.fallbackBenchmark !== "aime") throw new Error("the folder tells the benchmark");
 * ```
 */
export function factsOfResultFile(path: string): ResultFileFacts {
  const stem = basename(path).replace(ENDING, "");
  const settings = /^(.*?)_(temp=.*?_type=(agent|reasoning)(?:_(.*))?)$/.exec(
    stem.replace(/_scored$/, ""),
  );
  if (settings === null) return factsOfOther(stem);
  const [, model, all, type, rest = ""] = settings;
  const value = (name: string) => new RegExp(`(?:^|_)${name}=([^_]*)`).exec(all)?.[1];
  const samples = Number(value("n") ?? 1);
  const seed = Number(value("seed") ?? 0);
  const parent = dirname(path);
  const folder = basename(parent) === "evaluations" ? dirname(parent) : parent;
  const student = studentOf(folder);
  const words = rest.replace(/(?:^|_)(?:steps|retry_max_tokens|max_tokens)=[^_]*/g, "")
    .replace(/(?:^|_)code_only(?=_|$)/, "").replace(/_[0-9a-f]{12}$/, "")
    .split("_").filter((word) => word !== "");
  const has = (word: string) => words.includes(word);
  const temperature = value("temp");
  const others = words.filter((word) => !["rag", "prefix"].includes(word));
  const method = type === "agent" ? "agent" : "CoT";
  const benchmark = benchmarkByStem(basename(folder));
  return {
    system: [
      student ?? model,
      method,
      ...has("rag") ? ["RAG"] : [],
      ...has("prefix") ? ["prefix"] : [],
      ...samples > 1 ? [`n=${samples}`] : [],
      ...temperature === undefined || Number(temperature) === 0 ? [] : [`T=${temperature}`],
      ...others,
    ].join(" "),
    model,
    student,
    paradigm: type === "agent" ? "agent" : has("rag") ? "cot-rag" : "cot",
    ...has("prefix") ? { firstThoughtPrefix: true } : {},
    samples: Number.isInteger(samples) && samples > 0 ? samples : 1,
    seed: Number.isFinite(seed) ? seed : 0,
    ...benchmark === undefined ? {} : { fallbackBenchmark: benchmark.name },
  };
}

function factsOfOther(stem: string): ResultFileFacts {
  const end = benchmarkAtEnd(stem);
  if (end === undefined) return { system: stem };
  return { system: end.before === "" ? stem : end.before, fallbackBenchmark: end.benchmark.name };
}

/** A student's results lie in its own folder: `FOLDER/qa_results/BENCHMARK_SPLIT`. */
function studentOf(folder: string): string | null {
  const results = dirname(folder);
  const owner = basename(dirname(results));
  return basename(results) === "qa_results" && !["", ".", "logs"].includes(owner) ? owner : null;
}
