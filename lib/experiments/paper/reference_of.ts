import { canonicalJson } from "../../runs/canonical_json.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import type { PaperPlan } from "./paper_plan.ts";

/**
 * The settings that ablations differ from: the plan's, but where none of the runs that are no ablation has the
 * plan's value, as a profile or a default has changed since or it follows from the student, the one that most of
 * them have. Where all runs are ablations, the plan's.
 *
 * @param isNoAblation @default whether a run trained more than the agent
 */
export function referenceOf(
  { reference }: Pick<PaperPlan, "reference">,
  cells: readonly StoredCell[],
  isNoAblation: (cell: StoredCell) => boolean = ({ options }) => options.students !== "agent",
): DistillOptions {
  const plain = cells.filter(isNoAblation);
  const entries = Object.entries(reference).map(([name, planned]) => {
    const values = plain.map(({ options }) => options[name as keyof DistillOptions] ?? null);
    const groups = Map.groupBy(values, (value) => canonicalJson(value));
    if (plain.length === 0 || groups.has(canonicalJson(planned ?? null))) return [name, planned];
    const [commonest] = [...groups.values()].sort((a, b) => b.length - a.length);
    return [name, commonest[0]];
  });
  return Object.fromEntries(entries) as DistillOptions;
}
