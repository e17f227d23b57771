import type { Summary } from "../evaluation/summarize.ts";
import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** A row of the paper's table of averages. */
export type PublishedMethod =
  | "CoT prompting"
  | "CoT distillation"
  | "CoT distillation + RAG"
  | "agent prompting"
  | "agent distillation"
  | "agent distillation + ftp"
  | "agent distillation + sag"
  | "agent distillation + ftp + sag";

/** A model size of the paper: the teacher and the students. */
export type PublishedTier = "32B" | "7B" | "3B" | "1.5B" | "0.5B";

/** The tiers from large to small. */
const PUBLISHED_TIERS: readonly PublishedTier[] = ["32B", "7B", "3B", "1.5B", "0.5B"];

/**
 * The paper's accuracies in percent, averaged over its eight benchmarks; null where unknown. `32B` is the
 * teacher, Qwen2.5-32B-Instruct, without training; the others are the Qwen2.5 students.
 *
 * @source arXiv 2505.17612, main results
 */
export const PUBLISHED_AVERAGES: Readonly<
  Record<PublishedMethod, Readonly<Record<PublishedTier, number | null>>>
> = {
  "CoT prompting": { "32B": 39.54, "7B": 33.19, "3B": null, "1.5B": null, "0.5B": null },
  "CoT distillation": { "32B": null, "7B": 33.54, "3B": 27.72, "1.5B": 21.28, "0.5B": 13.64 },
  "CoT distillation + RAG": { "32B": null, "7B": 32.16, "3B": 28.53, "1.5B": 24.64, "0.5B": 15.90 },
  "agent prompting": { "32B": 46.00, "7B": null, "3B": null, "1.5B": 7.94, "0.5B": 1.80 },
  "agent distillation": { "32B": null, "7B": 39.85, "3B": 33.60, "1.5B": 28.06, "0.5B": 19.24 },
  "agent distillation + ftp": { "32B": null, "7B": 42.26, "3B": 34.49, "1.5B": null, "0.5B": null },
  "agent distillation + sag": { "32B": null, "7B": 41.86, "3B": null, "1.5B": 30.29, "0.5B": null },
  "agent distillation + ftp + sag": {
    "32B": null,
    "7B": 42.68,
    "3B": 36.60,
    "1.5B": 30.55,
    "0.5B": 21.90,
  },
};

/**
 * Own macro means beside the paper's averages, one line per method of the paper.
 *
 * @param methods which of the summary's systems uses which method of the paper
 * @throws {Error} when a system is not in the summary
 */
export function publishedTable(
  summary: Summary,
  methods: Readonly<Record<string, PublishedMethod>>,
): Table {
  for (const system of Object.keys(methods)) {
    if (!summary.systems.includes(system)) {
      throw new Error(`Cannot compare with the paper: no rows of the system "${system}"`);
    }
  }
  const all = Object.keys(PUBLISHED_AVERAGES) as PublishedMethod[];
  const lines = all.flatMap((method) => {
    const systems = summary.systems.filter((system) =>
      Object.hasOwn(methods, system) && methods[system] === method
    );
    return (systems.length === 0 ? [null] : systems).map((system) => ({ method, system }));
  });
  const mean = (system: string | null) =>
    summary.means.find((m) => m.system === system && m.domain === "all")?.accuracy ?? null;
  return tableOf<Record<string, string | number | null>>({
    name: "beside_the_paper",
    caption:
      "Mean accuracy over eight benchmarks in percent: this run's (95% interval), and the paper's " +
      "for its models. Benchmarks, models and scale differ: what may be compared is the order of " +
      "the methods. Empty: not run here, or not known of the paper.",
    data: lines.map(({ method, system }) => {
      const own = mean(system);
      return {
        method,
        system,
        mean: own?.estimate ?? null,
        low: own?.low ?? null,
        high: own?.high ?? null,
        ...Object.fromEntries(PUBLISHED_TIERS.map((tier) => {
          const published = PUBLISHED_AVERAGES[method][tier];
          return [`paper_${tier}`, published === null ? null : published / 100];
        })),
      };
    }),
    columns: [
      "method",
      { field: "system", header: "system of this run" },
      { field: "mean", header: "this run", interval: ["low", "high"] },
      ...PUBLISHED_TIERS.map((tier) => ({
        field: `paper_${tier}`,
        header: `paper, ${tier}`,
        percent: true,
        show: ({ method }: Record<string, string | number | null>) =>
          PUBLISHED_AVERAGES[method as PublishedMethod][tier]?.toFixed(2) ?? null,
      })),
    ],
  });
}
