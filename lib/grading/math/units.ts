import { multiplyRationals, parseDecimal, type Rational, rational } from "../rational.ts";

/** A unit of measurement: what it measures and how many of the base unit it is. */
interface Unit {
  readonly dimension: string;
  readonly factor: Rational;
}

const BASE: Readonly<Record<string, readonly [dimension: string, factor: string, names: string]>> =
  {
    mm: ["length", "0.001", "mm millimeter millimetre"],
    cm: ["length", "0.01", "cm centimeter centimetre"],
    m: ["length", "1", "m meter metre"],
    km: ["length", "1000", "km kilometer kilometre"],
    inch: ["length", "0.0254", "in inch inches"],
    foot: ["length", "0.3048", "ft foot feet"],
    yard: ["length", "0.9144", "yd yard"],
    mile: ["length", "1609.344", "mi mile"],
    mg: ["mass", "0.001", "mg milligram"],
    g: ["mass", "1", "g gram"],
    kg: ["mass", "1000", "kg kilogram"],
    ounce: ["mass", "28.349523125", "oz ounce"],
    pound: ["mass", "453.59237", "lb lbs pound"],
    second: ["time", "1", "s sec second"],
    minute: ["time", "60", "min minute"],
    hour: ["time", "3600", "h hr hour"],
    day: ["time", "86400", "day"],
    week: ["time", "604800", "week"],
    cent: ["money", "0.01", "cent ¢"],
    dollar: ["money", "1", "dollar usd"],
    am: ["forenoon", "1", "am"],
    pm: ["afternoon", "1", "pm"],
    metrePerSecond: ["speed", "1", "m/s mps"],
    footPerSecond: ["speed", "0.3048", "ft/s fps"],
    mph: ["speed", "0.44704", "mph"],
    kmh: ["speed", "1/3.6", "km/h kmh kph"],
    ml: ["volume", "0.001", "ml milliliter millilitre"],
    l: ["volume", "1", "l liter litre"],
  };

const UNITS: ReadonlyMap<string, Unit> = new Map(
  Object.values(BASE).flatMap(([dimension, factor, names]) =>
    names.split(" ").flatMap((name) => {
      const [top, over = rational(1n)] = factor.split("/").map((part) => parseDecimal(part)!);
      const unit = { dimension, factor: rational(top.num * over.den, top.den * over.num) };
      return [[name, unit], [`${name}s`, unit]] as const;
    })
  ),
);

/** A unit as written, with the power it is raised to: `square inches` and `in^2` are both 2. */
export interface WrittenUnit {
  /** The unit, in lower case, without the power. */
  readonly words: string;
  /** 2 for areas, 3 for volumes, else 1. */
  readonly power: number;
}

/** Reads a unit: `cm`, `square inches`, `cubic feet`, `cm^2`, `miles per hour`. */
export function readUnit(text: string): WrittenUnit {
  let words = text.toLowerCase().replace(/\.$/, "").trim();
  let power = 1;
  const raised = /\s*\^\{?(\d)\}?$/.exec(words);
  if (raised !== null) {
    power = Number(raised[1]);
    words = words.slice(0, raised.index);
  }
  const prefix = /^(?:(sq\.?|square)|(cu\.?|cubic))\s+/.exec(words);
  if (prefix !== null) {
    power = prefix[1] !== undefined ? 2 : 3;
    words = words.slice(prefix[0].length);
  }
  return { words: words.trim(), power };
}

/** True if a word without LaTeX's `\text` may be taken for a unit even when it follows a digit. */
export function isKnownUnit(text: string): boolean {
  return UNITS.has(readUnit(text).words);
}

/**
 * By what to multiply a number in `from` to get it in `to`; 1 when either is unknown to the table
 * (its word is then taken for decoration), null when they measure different things.
 */
export function unitFactor(from: WrittenUnit, to: WrittenUnit): Rational | null {
  const [a, b] = [UNITS.get(from.words), UNITS.get(to.words)];
  if (a === undefined || b === undefined) return rational(1n);
  if (a.dimension !== b.dimension || from.power !== to.power) return null;
  const ratio = rational(a.factor.num * b.factor.den, a.factor.den * b.factor.num);
  return Array.from({ length: from.power }, () => ratio).reduce(multiplyRationals);
}
