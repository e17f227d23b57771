import type { DistillOptions } from "../distill/distill_options.ts";
import { canonicalJson } from "../../runs/canonical_json.ts";
import { sha256Hex } from "../../runs/hash.ts";

/** Values of options to combine, such as `{ seed: [0, 1, 2], student: ["0.3M", "1M"] }`. */
export type SweepAxes = {
  readonly [Name in keyof DistillOptions]?: readonly DistillOptions[Name][];
};

/** One combination of a sweep. */
export interface SweepCell {
  /** Says what is special about it and names its folder: `student-1M_seed-0`. */
  readonly name: string;
  /** The options that it sets. */
  readonly overrides: Partial<DistillOptions>;
}

/** A folder's name must fit every file system; what is longer is cut and told apart by a hash. */
const LONGEST_NAME = 120;

/**
 * The cells of a sweep: every combination of the axes' values, with each of the overrides in turn (an
 * override wins over an axis). Combinations that set the same are one cell.
 *
 * @param cells @default one without overrides
 * @throws {RangeError} when an axis has no value
 *
 * @example
 * ```ts
 * import { sweepCells } from "@potstill/experiments/sweep/sweep_cells.ts";
 * const cells = sweepCells({ seed: [0, 1], candidates: [8] }, [{}, { firstThoughtPrefix: true }]);
 * const names = cells.map(({ name }) => name).join(" ");
 * if (cells.length !== 4 || !names.startsWith("seed-0_candidates-8 ")) throw new Error(names);
 * ```
 */
export function sweepCells(
  axes: SweepAxes,
  cells: readonly Partial<DistillOptions>[] = [{}],
): SweepCell[] {
  let combinations: Partial<DistillOptions>[] = [{}];
  for (const [name, values] of Object.entries(axes) as [string, readonly unknown[]][]) {
    if (values.length === 0) throw new RangeError(`Cannot sweep over ${name}: it has no value`);
    combinations = combinations.flatMap((one) =>
      values.map((value) => ({ ...one, [name]: value }))
    );
  }
  const found = new Map<string, SweepCell>();
  for (const override of cells) {
    for (const combination of combinations) {
      const overrides = { ...combination, ...override };
      const key = canonicalJson(overrides);
      if (!found.has(key)) found.set(key, { name: cellName(overrides), overrides });
    }
  }
  return [...found.values()];
}

/** A folder's name that says what the overrides are; the same whenever they are. */
export function cellName(overrides: object): string {
  const entries = Object.entries(overrides);
  if (entries.length === 0) return "base";
  const plain = entries.map(([name, value]) =>
    `${name}-${String(value).split(/[\\/]/).at(-1)!.replace(/[^\w.+-]+/g, "-")}`
  ).join("_");
  const isExact = plain.length <= LONGEST_NAME &&
    entries.every(([_, value]) => /^[\w.+-]+$/.test(String(value)));
  if (isExact) return plain;
  const hash = sha256Hex(canonicalJson(overrides)).slice(0, 8);
  return `${plain.slice(0, LONGEST_NAME)}_${hash}`;
}
