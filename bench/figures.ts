import { type Spread, spread } from "./spread.ts";
import type { Figure } from "./suite.ts";

/** What a script printed, if it succeeded. */
export interface Measured {
  readonly ok: boolean;
  readonly result: unknown;
}

/** A figure that was measured; `null` when the script failed or its result has none under its path. */
export function readFigure({ ok, result }: Measured, figure: Figure): Spread | null {
  const values = ok ? valuesAt(result, figure.path) : [];
  return values.length === 0 ? null : spread(values);
}

/**
 * A figure over that of another result; of one with several entries (`*`) the geometric mean of each
 * entry over the one of its name. `null` where one of the two is missing, is 0 or has other entries.
 */
export function figureRatio(ours: Measured, theirs: Measured, figure: Figure): number | null {
  const [a, b] = [mediansByEntry(ours, figure), mediansByEntry(theirs, figure)];
  const all = [...a.values(), ...b.values()];
  if (a.size === 0 || a.size !== b.size || all.some((value) => !(value > 0))) return null;
  const logarithms = [...a].map(([name, value]) => Math.log(value / (b.get(name) ?? NaN)));
  const mean = logarithms.reduce((sum, one) => sum + one, 0) / a.size;
  return Number.isNaN(mean) ? null : Math.exp(mean);
}

/** The median of each entry, by its name or else its place; NaN where it has no such figure. */
function mediansByEntry({ ok, result }: Measured, { path }: Figure): Map<string, number> {
  if (!ok) return new Map();
  const at = path.indexOf("*");
  const list = at < 0 ? [result] : listAt(result, path.slice(0, at));
  return new Map(list.map((one, place) => {
    const values = valuesAt(one, path.slice(at + 1));
    const { name = place } = Object(one) as { readonly name?: unknown };
    return [String(name), values.length === 0 ? NaN : spread(values).median];
  }));
}

function listAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const found = path.reduce<unknown>(
    (one, key) => (one as Readonly<Record<string, unknown>> | null | undefined)?.[key],
    value,
  );
  return Array.isArray(found) ? found : [];
}

/**
 * The numbers at a path of a result: a number alone, all of an array, or the percentiles 10, 50 and 90
 * of a summary that has them, of which the middle is the median.
 */
function valuesAt(value: unknown, path: readonly string[]): number[] {
  if (path.length > 0) {
    const [key, ...rest] = path;
    if (Array.isArray(value) && key === "*") return value.flatMap((one) => valuesAt(one, rest));
    if (value === null || typeof value !== "object") return [];
    return valuesAt((value as Record<string, unknown>)[key], rest);
  }
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value.filter((one) => typeof one === "number");
  if (value === null || typeof value !== "object") return [];
  const { p10, p50, p90, median, low, high } = value as Record<string, unknown>;
  const ends = p50 === undefined ? [low, median, high] : [p10, p50, p90];
  return ends.filter((one) => typeof one === "number");
}

/** A line of the table of figures. */
export interface FigureLine {
  readonly name: string;
  readonly unit: string;
  readonly measured: Spread | null;
  /** This revision over the other, a ratio for each round; with another revision only. */
  readonly ratios?: readonly number[];
  /** Rounds that were run; some may have no ratio. */
  readonly rounds?: number;
  readonly better: Figure["better"];
  /** What it is compared with, with its version. */
  readonly peer?: string;
}

/** The table as text. */
export function figuresTable(lines: readonly FigureLine[], against: string | null): string {
  const head = [
    "figure",
    "median (range)",
    "unit",
    ...against ? [`over ${against}`, ""] : [],
    "peer",
  ];
  const rows = lines.map(({ name, unit, measured, ratios = [], rounds = 0, better, peer }) => [
    name,
    measured === null ? "not measured" : range(measured),
    unit,
    ...against === null ? [] : [
      ratios.length > 0 ? range(spread(ratios)) : "-",
      ratios.length > 0 ? verdict(ratios, rounds, better) : "",
    ],
    peer ?? "",
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd())
    .join("\n");
}

function range({ median, low, high }: Spread): string {
  const show = (value: number) =>
    Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return low === high ? show(median) : `${show(median)} (${show(low)} to ${show(high)})`;
}

/** Says which is better only where all rounds agree. */
function verdict(ratios: readonly number[], rounds: number, better: Figure["better"]): string {
  if (rounds === 1) return "one round says little";
  if (ratios.length < rounds) return `${rounds - ratios.length} of ${rounds} rounds are missing`;
  const { low, high } = spread(ratios);
  if (low <= 1 && high >= 1) return "no difference in all rounds";
  return (high < 1) === (better === "lower") ? "better" : "worse";
}
