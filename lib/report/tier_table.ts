import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import type { Summary } from "../evaluation/summarize.ts";
import { type SystemTraits, systemTraits } from "../evaluation/system_traits.ts";
import { MEAN_LABELS } from "./main_table.ts";
import {
  PUBLISHED_AVERAGES,
  type PublishedMethod,
  type PublishedTier,
} from "./published_averages.ts";
import { crossTable } from "../display/cross_table.ts";
import type { Table } from "../display/table.ts";

/** The traits of every system of the rows, in the order given. */
export function allTraits(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
): SystemTraits[] {
  return systems.map((system) => systemTraits(rows.filter((row) => row.system === system)));
}

/** The paper's average for a method and a tier, in percent; null where it is unknown. */
function publishedAverage(method: string, tier: string | null): number | null {
  if (!Object.hasOwn(PUBLISHED_AVERAGES, method)) return null;
  const known = PUBLISHED_AVERAGES[method as PublishedMethod];
  return tier !== null && Object.hasOwn(known, tier) ? known[tier as PublishedTier] : null;
}

/**
 * The main table by tier: large models first, within a tier by method, with the paper's average for
 * the same tier and method beside it. Null when no system's tier is known.
 */
export function tierTable(summary: Summary, traits: readonly SystemTraits[]): Table | null {
  if (traits.every(({ tier }) => tier === null)) return null;
  const methods = Object.keys(PUBLISHED_AVERAGES);
  const rank = (method: string) => (methods.indexOf(method) + methods.length) % methods.length;
  const ordered = [...traits].sort((a, b) =>
    tierSize(b.tier) - tierSize(a.tier) || rank(a.method) - rank(b.method)
  );
  const domains = ["in-domain", "out-of-domain", "all"] as const;
  const score = (system: string, benchmark: string) =>
    summary.scores.find((s) => s.system === system && s.benchmark === benchmark)?.accuracy ?? null;
  const mean = (system: string, domain: string) =>
    summary.means.find((m) => m.system === system && m.domain === domain)?.accuracy ?? null;
  const benchmarks = summary.benchmarks.map(({ name }) => name);
  const data = ordered.flatMap(({ system, tier, method }) =>
    [
      ...benchmarks.map((column) => ({ column, accuracy: score(system, column) })),
      ...domains.map((domain) => ({ column: MEAN_LABELS[domain], accuracy: mean(system, domain) })),
    ].flatMap(({ column, accuracy }) =>
      accuracy === null ? [] : [{
        tier,
        method,
        system,
        column: column as string,
        accuracy: accuracy.estimate,
        low: accuracy.low,
        high: accuracy.high,
        tasks: accuracy.n,
        paper: column === MEAN_LABELS.all ? publishedAverage(method, tier) : null,
      }]
    )
  );
  return crossTable({
    name: "tiers",
    caption:
      "Accuracy in percent with its 95% interval, by the size of the model and the method; " +
      "at the end the paper's mean for this size and method over its eight benchmarks, empty where " +
      "it is unknown. Means weigh every benchmark the same, and are comparable with the paper's " +
      "only where the benchmarks are its eight.",
    data,
    rows: [{ field: "tier", show: ({ tier }) => tier ?? "unknown" }, "method", "system"],
    across: "column",
    values: [...benchmarks, ...domains.map((domain) => MEAN_LABELS[domain])],
    cells: [{ field: "accuracy", interval: ["low", "high"] }, { field: "tasks", header: null }],
    trail: [{
      field: "paper",
      header: "paper's mean",
      digits: 2,
      show: ({ paper }) => paper?.toFixed(2) ?? null,
    }],
  });
}

/** Parameters of a tier such as `1.5B`; 0 when it is not known. */
function tierSize(tier: string | null): number {
  const match = /^(\d+(?:\.\d+)?)([BM])$/.exec(tier ?? "");
  return match === null ? 0 : Number(match[1]) * (match[2] === "B" ? 1e9 : 1e6);
}
