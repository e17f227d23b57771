import { canonicalJson } from "../../runs/canonical_json.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import type { PaperPlan } from "./paper_plan.ts";

/**
 * The settings that ablations differ from: the plan's, but what all runs have in common is theirs, also if a
 * default has changed since, or follows from the student.
 */
export function referenceOf(
  { reference }: Pick<PaperPlan, "reference">,
  cells: readonly StoredCell[],
): DistillOptions {
  const shared = Object.entries(cells[0]?.options ?? {}).filter(([name, value]) =>
    cells.every(({ options }) =>
      canonicalJson(options[name as keyof DistillOptions] ?? null) === canonicalJson(value ?? null)
    )
  );
  return { ...reference, ...Object.fromEntries(shared) };
}
