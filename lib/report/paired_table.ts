import type { PairedComparison } from "../evaluation/compare_systems.ts";
import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** A probability for people: `0.032`, `<0.001`. */
export function formatP(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** The table of paired differences: one line per pair of systems. */
export function pairedTable(comparisons: readonly PairedComparison[]): Table {
  return tableOf({
    name: "paired_differences",
    caption: "Difference of the macro means on the tasks that both systems were scored on, in " +
      "percentage points, with the 95% interval of the paired bootstrap, the number of tasks that " +
      "only one of the two got right, and the probability of such a difference by chance" +
      (comparisons.some((c) => c.test === "sign-flip")
        ? " (sign-flip test over clusters)."
        : " (McNemar's exact test)."),
    data: comparisons.map(({ a, b, difference: { estimate, low, high, n }, ...rest }) => ({
      a,
      b,
      difference: estimate,
      low,
      high,
      tasks: n,
      aOnly: rest.aOnly,
      bOnly: rest.bOnly,
      pValue: rest.pValue,
    })),
    columns: [
      { field: "a", header: "a − b", show: ({ a, b }) => `${a} − ${b}` },
      { field: "b", header: null },
      { field: "difference", interval: ["low", "high"], signed: true },
      { field: "aOnly", header: "only a right" },
      { field: "bOnly", header: "only b right" },
      "tasks",
      { field: "pValue", header: "p", show: ({ pValue }) => formatP(pValue) },
    ],
  });
}
