import type { Device } from "../../onnx/device.ts";
import { type OptionSpec, readOptionText, wantedValue } from "../../records/option_table.ts";
import { presentNames } from "../../records/resolve_options.ts";
import { DISTILL_OPTIONS, type DistillOptions } from "../distill/distill_options.ts";
import type { SweepAxes } from "./sweep_cells.ts";

/**
 * Reads axes as they are typed, such as `seed=0,1,2`.
 *
 * @throws {RangeError} naming the text that is no axis, or the option or value that does not exist
 *
 * @example
 * ```ts
 * import { parseAxes } from "@potstill/experiments/sweep/parse_axes.ts";
 * const { seed, student } = parseAxes(["seed=0,1", "student=1M"]);
 * if (seed?.[1] !== 1 || student?.[0] !== "1M") throw new Error("misread");
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

/**
 * Reads settings as they are typed, one `name=value` each.
 *
 * @param device the setting of that name, where an option of its own gives it
 * @throws {RangeError} as {@link parseAxes}, and when the device is given twice
 */
export function parseSettings(
  texts: readonly string[],
  device?: Device,
): Partial<DistillOptions> {
  if (device !== undefined && texts.some((text) => text.startsWith("device="))) {
    throw new RangeError("Cannot set device: --device gives it as well");
  }
  const all = device === undefined ? texts : [...texts, `device=${device}`];
  return Object.fromEntries(
    all.map((text) => {
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

function value(given: string, text: string): string | number | boolean {
  const [name] = Object.keys(presentNames(DISTILL_OPTIONS, { [given]: text }));
  if (!Object.hasOwn(DISTILL_OPTIONS, name)) {
    const names = Object.keys(DISTILL_OPTIONS).join(", ");
    throw new RangeError(`Cannot set ${name}: there is no such option; the options are ${names}`);
  }
  const spec: OptionSpec = DISTILL_OPTIONS[name as keyof DistillOptions];
  if (spec.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const read = text === "" || spec.type === "boolean" ? undefined : readOptionText(spec, text);
  if (read !== undefined && !Array.isArray(read)) return read;
  throw new RangeError(
    `Cannot set ${name} to "${text}": it takes ${wantedValue(spec) || "a text"}`,
  );
}
