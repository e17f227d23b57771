import type { SystemSlug } from "../../../lib/experiments/distill/system_facts.ts";
import { type DistillOptions, profiles } from "../../../lib/experiments/distill/distill_options.ts";
import { systemName } from "../../../lib/experiments/distill/systems.ts";
import { type EvaluationRow, NO_ERRORS } from "../../../lib/evaluation/evaluation_row.ts";
import type { StoredCell } from "../../../lib/experiments/sweep/stored_cell.ts";

/** Two benchmarks: in-domain factual, out-of-domain mathematics (or as a test says). */
export const BENCHMARKS = [
  { name: "qa-in", inDomain: true, kind: "qa" },
  { name: "math-out", inDomain: false, kind: "math" },
] as const;

export const reference: DistillOptions = { ...profiles.quick, trainTasks: 500, candidates: 8 };

/** What a system does on the task number `task` of a benchmark: fields that differ from a plain wrong answer. */
export type Attempt = (
  benchmark: string,
  task: number,
  seed: number,
) => Partial<EvaluationRow> | boolean;

/** The rows of one system. */
export function rowsOf(
  system: string,
  seed: number,
  attempt: Attempt,
  tasks = 40,
  benchmarks: readonly Pick<EvaluationRow, "inDomain" | "kind">[] = BENCHMARKS,
): EvaluationRow[] {
  return benchmarks.flatMap((benchmark, b) =>
    Array.from({ length: tasks }, (_, task) => {
      const name = (benchmark as { name?: string }).name ?? `benchmark-${b}`;
      const told = attempt(name, task, seed);
      const fields = typeof told === "boolean"
        ? { verdict: told ? "correct" as const : "wrong" as const }
        : told;
      return {
        runId: "run",
        system,
        paradigm: "agent" as const,
        student: "agent",
        teacher: "lab-expert",
        benchmark: name,
        inDomain: benchmark.inDomain,
        kind: benchmark.kind,
        taskId: `${task}`,
        gold: "1",
        prediction: "1",
        verdict: "wrong" as const,
        em: null,
        f1: null,
        steps: 2,
        codeSteps: 2,
        toolCalls: 1,
        searchCalls: 1,
        promptTokens: 10,
        completionTokens: 100,
        durationMs: 1,
        errorKinds: NO_ERRORS,
        voteShare: null,
        samples: 1,
        seed,
        ...fields,
      };
    })
  );
}

/** A finished run: the attempts of each of its systems. */
export function cell(
  options: Partial<DistillOptions>,
  systems: Partial<Record<SystemSlug, Attempt>>,
  teacher: Attempt = () => true,
): StoredCell {
  const all = { ...reference, ...options };
  return {
    name: JSON.stringify(options),
    path: "",
    options: all,
    rows: Object.entries(systems).flatMap(([slug, attempt]) =>
      rowsOf(systemName(slug as SystemSlug, all.candidates), all.seed, attempt)
    ),
    teacherRows: rowsOf("teacher agent, training tasks", all.seed, teacher),
    durationMs: 1,
  };
}

/** The cell of three seeds. */
export function seeds(
  options: Partial<DistillOptions>,
  systems: Partial<Record<SystemSlug, Attempt>>,
  teacher?: Attempt,
): StoredCell[] {
  return [0, 1, 2].map((seed) => cell({ ...options, seed }, systems, teacher));
}

/** Correct on the first `count` of 40 tasks of each benchmark. */
export const first = (count: number): Attempt => (_, task) => task < count;
