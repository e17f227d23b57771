import type { SystemSlug } from "../distill/system_facts.ts";
import { baseSettings, type DistillOptions } from "../distill/distill_options.ts";
import { systemIdOf } from "../../evaluation/system_id.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { studentPresets } from "../../student/student_presets.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";

/** Input of findings. */
export interface FindingInput {
  /** Finished runs, such as a sweep's. */
  readonly cells: readonly StoredCell[];
  /** The settings that ablations differ from; `seed` and `student` are free. */
  readonly reference: DistillOptions;
  /** Seed of the intervals' draws. @default 0 */
  readonly seed?: number;
  /** Resamples of each interval. @default 2000 */
  readonly resamples?: number;
  /** Coverage of the intervals, between 0 and 1. @default 0.95 */
  readonly level?: number;
  /** True if further runs are to come: nothing is decided then. @default false */
  readonly isUnfinished?: boolean;
}

/** The runs of one size, of several seeds. */
export interface Tier {
  /** The students' size. */
  readonly size: string;
  /** One run per seed. */
  readonly cells: readonly StoredCell[];
}

/** Options that say nothing of how a student was made: what was evaluated besides, and where. */
const FREE: readonly (keyof DistillOptions)[] = ["seed", "student", "students", "systems"];
/** Each size has a base model of its own, which may be made in another way. */
const BASE: readonly (keyof DistillOptions)[] = ["base", ...baseSettings];

/** The runs that differ from the reference in nothing but the options named (and size and seed). */
export function cellsVarying(
  { cells, reference }: FindingInput,
  varying: readonly (keyof DistillOptions)[] = [],
): StoredCell[] {
  const free = new Set([...FREE, ...varying]);
  const names = [...new Set([reference, ...cells.map((cell) => cell.options)].flatMap(Object.keys))]
    .filter((name) => !free.has(name as keyof DistillOptions)) as (keyof DistillOptions)[];
  return cells.filter(({ options }) =>
    names.every((name) =>
      (options.student !== reference.student && BASE.includes(name)) ||
      canonicalJson(options[name] ?? null) === canonicalJson(reference[name] ?? null)
    )
  );
}

/** The reference runs, one tier a size, from small to large. */
export function tiers(input: FindingInput): Tier[] {
  return bySize(cellsVarying(input));
}

/** Runs by size, from small to large. */
export function bySize(cells: readonly StoredCell[]): Tier[] {
  const sizes = [...Map.groupBy(cells, ({ options }) => options.student)];
  return sizes.map(([size, own]) => ({ size, cells: own }))
    .sort((a, b) => placeOf(a.size) - placeOf(b.size));
}

/** The place of a size among those that the lab has; students of other sizes come after them. */
function placeOf(size: string): number {
  const place = studentPresets.findIndex((preset) => preset === size);
  return place === -1 ? studentPresets.length : place;
}

/** The rows of one system in several runs. */
export function systemRows(cells: readonly StoredCell[], slug: SystemSlug): EvaluationRow[] {
  return cells.flatMap(({ rows }) => rows.filter((row) => systemIdOf(row) === slug));
}

/** The sizes at which every one of the systems was evaluated. */
export function tiersWith(all: readonly Tier[], slugs: readonly SystemSlug[]): Tier[] {
  return all.filter(({ cells }) => slugs.every((slug) => systemRows(cells, slug).length > 0));
}
