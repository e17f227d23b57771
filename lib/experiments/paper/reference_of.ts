import { canonicalJson } from "../../runs/canonical_json.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import type { PaperPlan } from "./paper_plan.ts";

/**
 * The settings that ablations differ from: the plan's, but where no run has the plan's value, as a profile or a
 * default has changed since or it follows from the student, the one that most runs have.
 */
export function referenceOf(
  { reference }: Pick<PaperPlan, "reference">,
  cells: readonly StoredCell[],
): DistillOptions {
  const entries = Object.entries(reference).map(([name, planned]) => {
    const values = cells.map(({ options }) => options[name as keyof DistillOptions] ?? null);
    const groups = Map.groupBy(values, (value) => canonicalJson(value));
    if (cells.length === 0 || groups.has(canonicalJson(planned ?? null))) return [name, planned];
    const [commonest] = [...groups.values()].sort((a, b) => b.length - a.length);
    return [name, commonest[0]];
  });
  return Object.fromEntries(entries) as DistillOptions;
}
