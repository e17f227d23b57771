import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { compareSystems } from "../evaluation/compare_systems.ts";
import type { SystemTraits } from "../evaluation/system_traits.ts";
import { codeErrorRates } from "./code_error_table.ts";
import { formatP } from "./paired_table.ts";
import { percent, type Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** The method that one of two systems has and the other has not. */
export type Ablation = "sag" | "ftp";

const TITLES: Readonly<Record<Ablation, string>> = {
  sag: "self-consistent action generation (sag)",
  ftp: "the first-thought prefix (ftp)",
};

/** Two systems that differ in the method alone. */
export interface AblationPair {
  /** Without it. */
  readonly without: string;
  /** With it. */
  readonly with: string;
}

/** The pairs of agents that differ in nothing but sag, or the first-thought prefix. */
export function ablationPairs(
  traits: readonly SystemTraits[],
  rows: readonly EvaluationRow[],
  ablation: Ablation,
): AblationPair[] {
  const agents = traits.filter(({ paradigm }) => paradigm === "agent");
  const has = (t: SystemTraits) => ablation === "sag" ? t.votes : t.firstThoughtPrefix;
  const rest = (t: SystemTraits) => {
    const { model, student } = rows.find((row) => row.system === t.system)!;
    const other = ablation === "sag" ? t.firstThoughtPrefix : t.votes;
    // A student trained with the prefix is another model: sag is compared within one model only.
    const who = ablation === "ftp" && student !== null ? null : model ?? student ?? null;
    return JSON.stringify([t.tier, t.isStudent, other, who, ablation === "ftp" ? t.samples : null]);
  };
  return agents.filter(has).flatMap((t) =>
    agents.filter((other) => !has(other) && rest(other) === rest(t))
      .map((other) => ({ without: other.system, with: t.system }))
  );
}

/** The ablation as a table, one line per pair of systems; null when there is no pair. */
export function ablationTable(
  rows: readonly EvaluationRow[],
  traits: readonly SystemTraits[],
  ablation: Ablation,
  seed: number,
): Table | null {
  const pairs = ablationPairs(traits, rows, ablation);
  if (pairs.length === 0) return null;
  const data = pairs.map((pair) => {
    const rates = (system: string) => codeErrorRates(rows.filter((r) => r.system === system));
    const { difference, pValue } = compareSystems(rows, pair.with, pair.without, { seed });
    const [before, after] = [rates(pair.without), rates(pair.with)];
    const tokens = (system: string) => meanTokens(rows.filter((r) => r.system === system));
    return {
      with: pair.with,
      without: pair.without,
      difference: difference.estimate,
      low: difference.low,
      high: difference.high,
      tasks: difference.n,
      pValue,
      parseBefore: before.parse,
      parseAfter: after.parse,
      executionBefore: before.execution,
      executionAfter: after.execution,
      tokensBefore: tokens(pair.without),
      tokensAfter: tokens(pair.with),
    };
  });
  const change = (before: number, after: number) => `${percent(before)} → ${percent(after)}`;
  return tableOf({
    name: `ablation_${ablation}`,
    caption:
      `What ${
        TITLES[ablation]
      } adds: difference of the macro means on the same tasks, in percentage ` +
      "points, with its 95% interval; steps that could not be parsed and code that failed, in percent; " +
      "tokens written for one task.",
    data,
    columns: [
      "with",
      "without",
      { field: "difference", interval: ["low", "high"], signed: true },
      { field: "tasks", header: null },
      { field: "pValue", header: "p", show: (r) => formatP(r.pValue) },
      {
        field: "parseBefore",
        header: "parse errors",
        show: (r) => change(r.parseBefore, r.parseAfter),
      },
      { field: "parseAfter", header: null },
      {
        field: "executionBefore",
        header: "failed code",
        show: (r) => change(r.executionBefore, r.executionAfter),
      },
      { field: "executionAfter", header: null },
      {
        field: "tokensBefore",
        header: "tokens written",
        show: (r) => `${r.tokensBefore.toFixed(0)} → ${r.tokensAfter.toFixed(0)}`,
      },
      { field: "tokensAfter", header: null },
    ],
  });
}

function meanTokens(rows: readonly EvaluationRow[]): number {
  return rows.reduce((sum, row) => sum + row.completionTokens, 0) / Math.max(1, rows.length);
}
