import { accuracyInterval, macroInterval } from "./accuracy_interval.ts";
import type { EvaluationRow } from "./evaluation_row.ts";
import type { Interval } from "./interval.ts";
import { strataOf, taskScores } from "./task_scores.ts";

/** Accuracy of one system on one benchmark. */
export interface BenchmarkScore {
  /** The system's name. */
  readonly system: string;
  /** The benchmark's name. */
  readonly benchmark: string;
  /** True if students were trained on this benchmark. */
  readonly inDomain: boolean;
  /** Share of the scored tasks that are correct. */
  readonly accuracy: Interval;
  /** Mean F1 of the scored tasks, or null where F1 does not apply. */
  readonly f1: number | null;
  /** Rows without a verdict; they are in no mean. */
  readonly unscored: number;
}

/** The benchmarks of a mean. */
export type Domain = "in-domain" | "out-of-domain" | "all";

/** Macro mean (each benchmark weighs the same) of one system. */
export interface DomainScore {
  /** The system's name. */
  readonly system: string;
  /** The benchmarks of the mean. */
  readonly domain: Domain;
  /** The mean accuracy. */
  readonly accuracy: Interval;
  /** Number of benchmarks in the mean. */
  readonly benchmarks: number;
}

/** Accuracies of every system on every benchmark and over the domains. */
export interface Summary {
  /** In order of first appearance. */
  readonly systems: readonly string[];
  /** In-domain first, else in order of first appearance. */
  readonly benchmarks: readonly { readonly name: string; readonly inDomain: boolean }[];
  /** Accuracy of each system on each benchmark. */
  readonly scores: readonly BenchmarkScore[];
  /** Macro means of each system. */
  readonly means: readonly DomainScore[];
}

/**
 * Summarises rows as accuracies with intervals. One benchmark: {@link accuracyInterval}, Wilson's
 * where tasks are independent. Means over benchmarks: {@link macroInterval}. Several seeds of a task
 * are averaged first.
 *
 * @param level coverage of the intervals. @default 0.95
 *
 * @example
 * ```ts
 * import { summarize } from "@potstill";
 * if (summarize([]).systems.length !== 0) throw new Error("no rows, no systems");
 * ```
 */
export function summarize(rows: readonly EvaluationRow[], level = 0.95): Summary {
  const systems = [...new Set(rows.map((row) => row.system))];
  const domains = domainsOf(rows);
  const benchmarks = [...domains].map(([name, inDomain]) => ({ name, inDomain }));
  benchmarks.sort((a, b) => Number(b.inDomain) - Number(a.inDomain));

  const scores: BenchmarkScore[] = [];
  const means: DomainScore[] = [];
  for (const system of systems) {
    const ofSystem = rows.filter((row) => row.system === system);
    const tasks = taskScores(ofSystem);
    for (const { name, inDomain } of benchmarks) {
      const here = ofSystem.filter((row) => row.benchmark === name);
      if (here.length === 0) continue;
      const f1 = here.flatMap((row) => row.f1 === null ? [] : [row.f1]);
      scores.push({
        system,
        benchmark: name,
        inDomain,
        accuracy: accuracyInterval(
          strataOf(tasks.filter((task) => task.benchmark === name))[0] ?? { values: [] },
          level,
        ),
        f1: f1.length === 0 ? null : f1.reduce((a, b) => a + b, 0) / f1.length,
        unscored: here.filter((row) => row.verdict === "unscored").length,
      });
    }
    for (const domain of ["in-domain", "out-of-domain", "all"] as const) {
      const chosen = tasks.filter((task) =>
        domain === "all" || domains.get(task.benchmark) === (domain === "in-domain")
      );
      const strata = strataOf(chosen);
      if (strata.length === 0) continue;
      means.push({
        system,
        domain,
        accuracy: macroInterval(strata.map((stratum) => accuracyInterval(stratum, level))),
        benchmarks: strata.length,
      });
    }
  }
  return { systems, benchmarks, scores, means };
}

/** In-domain is what some student was trained on; without students, what some row says. */
function domainsOf(rows: readonly EvaluationRow[]): Map<string, boolean> {
  const domains = new Map<string, boolean>();
  for (const [benchmark, own] of Map.groupBy(rows, (row) => row.benchmark)) {
    const students = own.filter(({ student }) => student !== null);
    domains.set(benchmark, (students.length > 0 ? students : own).some((row) => row.inDomain));
  }
  return domains;
}
