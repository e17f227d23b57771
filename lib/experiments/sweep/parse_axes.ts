import { type DistillOptions, profiles } from "../distill/distill_options.ts";
import type { SweepAxes } from "./sweep_cells.ts";

/**
 * Reads axes as they are typed, such as `seed=0,1,2`.
 *
 * @throws {RangeError} naming the text that is no axis, or the option or value that does not exist
 *
 * @example
 * ```ts
 * import { parseAxes } from "@potstill/experiments/sweep/parse_axes.ts";
 * const { seed, studentSize } = parseAxes(["seed=0,1", "studentSize=1M"]);
 * if (seed?.[1] !== 1 || studentSize?.[0] !== "1M") throw new Error("misread");
 * ```
 */
export function parseAxes(texts: readonly string[]): SweepAxes {
  const axes = new Map<string, (string | number | boolean)[]>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new RangeError(`Cannot sweep over "${text}": write name=value,value`);
    const name = text.slice(0, at);
    axes.set(name, [...(axes.get(name) ?? []), ...values(name, text.slice(at + 1))]);
  }
  return Object.fromEntries(axes) as SweepAxes;
}

/** Reads settings as they are typed, one `name=value` each. @throws {RangeError} as {@link parseAxes} */
export function parseSettings(texts: readonly string[]): Partial<DistillOptions> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new RangeError(`Cannot set "${text}": write name=value`);
      const name = text.slice(0, at);
      return [name, value(name, text.slice(at + 1))];
    }),
  );
}

function values(name: string, text: string): (string | number | boolean)[] {
  return text.split(",").map((part) => value(name, part.trim()));
}

function value(name: string, text: string): string | number | boolean {
  const known = Object.hasOwn(profiles.default, name)
    ? profiles.default[name as keyof DistillOptions]
    : undefined;
  if (known === undefined) {
    const names = Object.keys(profiles.default).join(", ");
    throw new RangeError(`Cannot set ${name}: there is no such option; the options are ${names}`);
  }
  if (typeof known === "number" && text !== "" && Number.isFinite(Number(text))) {
    return Number(text);
  }
  if (typeof known === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (typeof known === "string" && text !== "") return text;
  throw new RangeError(`Cannot set ${name} to "${text}": it takes a ${typeof known}`);
}
