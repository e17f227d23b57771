import type { Paradigm } from "../records/trajectory.ts";
import type { EvaluationRow } from "./evaluation_row.ts";

/** The traits that tell systems apart in the paper's tables. */
export interface SystemTraits {
  /** The system's name. */
  readonly system: string;
  /** Size of its model, such as `1.5B`; null where it is not known. */
  readonly tier: string | null;
  /** Method in the paper's words, such as `agent distillation + ftp + sag`. */
  readonly method: string;
  /** Paradigm of the answers. */
  readonly paradigm: Paradigm;
  /** True if it is a distilled student. */
  readonly isStudent: boolean;
  /** True if it votes: self-consistent action generation, or the majority of CoT answers. */
  readonly votes: boolean;
  /** True if the first-thought prefix was used. */
  readonly firstThoughtPrefix: boolean;
  /** The largest number of candidates or samples of a task. */
  readonly samples: number;
}

/**
 * The traits of the system that the rows are of.
 *
 * @param rows rows of one system, at least one
 * @throws {RangeError} when there is no row
 *
 * @source method names: arXiv 2505.17612, table of main results
 */
export function systemTraits(rows: readonly EvaluationRow[]): SystemTraits {
  const first = rows[0];
  if (first === undefined) throw new RangeError("Cannot describe a system: there are no rows");
  const samples = rows.reduce((most, row) => Math.max(most, row.samples), 1);
  const firstThoughtPrefix = rows.some((row) => row.firstThoughtPrefix === true);
  const votes = samples > 1;
  const isAgent = first.paradigm === "agent";
  const method = [
    `${isAgent ? "agent" : "CoT"} ${first.student === null ? "prompting" : "distillation"}`,
    ...(first.paradigm === "cot-rag" ? ["RAG"] : []),
    ...(firstThoughtPrefix ? ["ftp"] : []),
    ...(votes ? [isAgent ? "sag" : "majority"] : []),
  ].join(" + ");
  return {
    system: first.system,
    tier: first.tier ?? modelTier(first.model ?? ""),
    method,
    paradigm: first.paradigm,
    isStudent: first.student !== null,
    votes,
    firstThoughtPrefix,
    samples,
  };
}

/**
 * The size that a published model's id states, such as `1.5B` in `Qwen2.5-1.5B-Instruct`; null when
 * none. For models whose size is recorded nowhere else.
 */
export function modelTier(name: string): string | null {
  const match = /(?:^|[^0-9.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z0-9])/i.exec(name);
  return match === null ? null : `${match[1]}${match[2].toUpperCase()}`;
}
