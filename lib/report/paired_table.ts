import type { PairedComparison } from "../evaluation/compare_systems.ts";
import { frameFrom } from "./frame.ts";
import { Table } from "../display/table.ts";

/** A probability for people: `0.032`, `<0.001`. */
export function formatP(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** The table of paired differences: one line a pair of systems. */
export function pairedTable(comparisons: readonly PairedComparison[]): Table {
  const frame = frameFrom(
    comparisons.map((c) => ({
      a: c.a,
      b: c.b,
      difference: c.difference.estimate,
      low: c.difference.low,
      high: c.difference.high,
      tasks: c.difference.n,
      aOnly: c.aOnly,
      bOnly: c.bOnly,
      pValue: c.pValue,
    })),
    {
      a: "text",
      b: "text",
      difference: "number",
      low: "number",
      high: "number",
      tasks: "number",
      aOnly: "number",
      bOnly: "number",
      pValue: "number",
    },
  );
  return new Table({
    name: "paired_differences",
    caption: "Difference of the macro means on the tasks that both systems were scored on, in " +
      "percentage points, with the 95% interval of the paired bootstrap, the number of tasks that " +
      "only one of the two got right, and the probability of such a difference by chance" +
      (comparisons.some((c) => c.test === "sign-flip")
        ? " (sign-flip test over clusters)."
        : " (McNemar's exact test)."),
    columns: ["a − b", "difference", "only a right", "only b right", "tasks", "p"],
    rows: comparisons.map((c) => [
      `${c.a} − ${c.b}`,
      { ...c.difference, signed: true },
      String(c.aOnly),
      String(c.bOnly),
      String(c.difference.n),
      formatP(c.pValue),
    ]),
    frame,
  });
}
