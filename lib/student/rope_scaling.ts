/** Positions stretched by a constant factor. */
export interface LinearRopeScaling {
  /** Always `linear`. */
  readonly rope_type: "linear";
  /** Factor by which sequences get longer. */
  readonly factor: number;
}

/**
 * YaRN: slow angles are stretched, fast ones kept, and attention is sharpened a little. The
 * scaling that Qwen2.5 names for long inputs.
 *
 * @source https://arxiv.org/abs/2309.00071, section 3
 */
export interface YarnRopeScaling {
  /** Always `yarn`. */
  readonly rope_type: "yarn";
  /** Factor by which sequences get longer. */
  readonly factor: number;
  /** Longest sequence of the training before. @default max_position_embeddings */
  readonly original_max_position_embeddings?: number;
  /** Factor of cosines and sines. @default 0.1 ln(factor) + 1 */
  readonly attention_factor?: number;
  /** Turns within the original length from which an angle is kept. @default 32 */
  readonly beta_fast?: number;
  /** Turns within the original length up to which an angle is stretched. @default 1 */
  readonly beta_slow?: number;
}

/**
 * Llama 3's: angles with long waves are stretched, those with short ones kept.
 *
 * @source https://huggingface.co/docs/transformers/internal/rope_utils
 */
export interface Llama3RopeScaling {
  /** Always `llama3`. */
  readonly rope_type: "llama3";
  /** Factor by which sequences get longer. */
  readonly factor: number;
  /** The original length over this is the wave from which angles are stretched in full. */
  readonly low_freq_factor: number;
  /** The original length over this is the wave up to which angles are kept. */
  readonly high_freq_factor: number;
  /** Longest sequence of the training before. */
  readonly original_max_position_embeddings: number;
}

/**
 * Scaling of rotary angles beyond position / base^(2 i / size): `rope_scaling` of a `config.json`.
 */
export type RopeScaling = LinearRopeScaling | YarnRopeScaling | Llama3RopeScaling;

/** Fields of a `StudentConfig` that decide the rotary angles. */
export interface RopeConfig {
  /** Base of the rotary frequencies. */
  readonly rope_theta: number;
  /** Longest sequence, in tokens. */
  readonly max_position_embeddings: number;
  /** Changes to the angles. @default none */
  readonly rope_scaling?: RopeScaling;
}

/** Angles of a rotary embedding. */
export interface RotaryFrequencies {
  /** [headSize / 2] The angle by which each pair turns from one position to the next. */
  readonly frequencies: Float64Array;
  /** Factor of cosines and sines. */
  readonly attentionFactor: number;
}

const FIELDS: Readonly<Record<RopeScaling["rope_type"], readonly string[]>> = {
  linear: ["factor"],
  yarn: [
    "factor",
    "original_max_position_embeddings",
    "attention_factor",
    "beta_fast",
    "beta_slow",
  ],
  llama3: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
};

const OPTIONAL = [
  "original_max_position_embeddings",
  "attention_factor",
  "beta_fast",
  "beta_slow",
];

/** Ends the reading: called with a field, what it must be, and its value. */
export type RopeFailure = (name: string, wanted: string, value?: unknown) => never;

/** The rotary embedding of a configuration. */
export interface ParsedRope {
  /** Base of the rotary frequencies. */
  readonly theta: number;
  /** Changes to the angles, or undefined for none. */
  readonly scaling: RopeScaling | undefined;
}

/**
 * Reads the rotary embedding of a `config.json`: `rope_parameters`, in which newer versions of
 * transformers keep base and scaling together, or `rope_scaling` beside `rope_theta`. A base within
 * either goes before the one beside it.
 *
 * @param fail called with what is wrong: the field and what it must be
 * @source transformers, `RotaryEmbeddingConfigMixin`
 */
export function parseRope(
  fields: Readonly<Record<string, unknown>>,
  fail: RopeFailure,
): ParsedRope {
  const given = ["rope_parameters", "rope_scaling"].filter((name) => {
    const value = fields[name];
    return value !== undefined && value !== null && JSON.stringify(value) !== "{}";
  });
  const [first, second] = given.map((name) => parseOne(name, fields[name], fail));
  const isOther = second !== undefined &&
    JSON.stringify(first.scaling) !== JSON.stringify(second.scaling);
  if (isOther) fail("rope_scaling", "absent or the same as rope_parameters", fields.rope_scaling);
  const base = first?.theta ?? second?.theta ?? fields.rope_theta ?? 10_000;
  if (typeof base !== "number" || !Number.isFinite(base) || base <= 0) {
    return fail("rope_theta", "a positive number", base);
  }
  return { theta: base, scaling: first?.scaling };
}

/** Parses `rope_scaling`, also with the older key `type`; null without a type and for `default`. */
function parseOne(
  where: string,
  value: unknown,
  fail: RopeFailure,
): { theta: unknown; scaling: RopeScaling | undefined } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(where, "an object or null", value);
  }
  const fields = value as Record<string, unknown>;
  const type = fields.rope_type ?? fields.type ?? "default";
  const known = type === "default"
    ? []
    : Object.hasOwn(FIELDS, String(type))
    ? FIELDS[type as RopeScaling["rope_type"]]
    : fail(`${where}.rope_type`, "default, linear, yarn or llama3", type);
  const scaling: Record<string, unknown> = { rope_type: type };
  for (const name of known) {
    const number = fields[name] ?? undefined;
    if (number === undefined && type === "yarn" && OPTIONAL.includes(name)) continue;
    if (typeof number !== "number" || !Number.isFinite(number) || number <= 0) {
      return fail(`${where}.${name}`, "a positive number", number);
    }
    scaling[name] = number;
  }
  const isUnknown = (name: string) =>
    !["rope_type", "type", "rope_theta", ...known].includes(name) && fields[name] != null &&
    !(name === "partial_rotary_factor" && fields[name] === 1) &&
    !(name === "truncate" && fields[name] === true);
  const unknown = Object.keys(fields).find(isUnknown);
  if (unknown !== undefined) {
    return fail(`${where}.${unknown}`, `absent for the type ${type}`, fields[unknown]);
  }
  if (type === "llama3" && Number(scaling.low_freq_factor) >= Number(scaling.high_freq_factor)) {
    const below = `below high_freq_factor (${scaling.high_freq_factor})`;
    return fail(`${where}.low_freq_factor`, below, scaling.low_freq_factor);
  }
  return {
    theta: fields.rope_theta ?? undefined,
    scaling: type === "default" ? undefined : scaling as unknown as RopeScaling,
  };
}

/**
 * The rotary angles of a student: those of pair i of a head are base^(-2 i / headSize), changed as
 * `rope_scaling` says.
 *
 * @param headSize width of one head, even
 *
 * @example
 * ```ts
 * import { rotaryFrequencies } from "@potstill/student";
 * const config = { rope_theta: 100, max_position_embeddings: 64 };
 * const { frequencies } = rotaryFrequencies(config, 4);
 * if (frequencies.join() !== "1,0.1") throw new Error(`${frequencies}`);
 * ```
 */
export function rotaryFrequencies(config: RopeConfig, headSize: number): RotaryFrequencies {
  const { rope_theta: base, rope_scaling: scaling } = config;
  const frequencies = Float64Array.from(
    { length: headSize / 2 },
    (_, i) => base ** ((-2 * i) / headSize),
  );
  switch (scaling?.rope_type) {
    case undefined:
      return { frequencies, attentionFactor: 1 };
    case "linear":
      return { frequencies: frequencies.map((f) => f / scaling.factor), attentionFactor: 1 };
    case "llama3":
      return { frequencies: llama3(frequencies, scaling), attentionFactor: 1 };
    case "yarn": {
      const { factor, attention_factor: given } = scaling;
      return {
        frequencies: yarn(frequencies, config, scaling, headSize),
        attentionFactor: given ?? (factor > 1 ? 0.1 * Math.log(factor) + 1 : 1),
      };
    }
  }
}

function llama3(frequencies: Float64Array, scaling: Llama3RopeScaling): Float64Array {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  return frequencies.map((frequency) => {
    // Waves that fit into the original length: below `low` stretched, above `high` kept.
    const waves = (scaling.original_max_position_embeddings * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (waves - low) / (high - low)));
    return (1 - kept) * (frequency / factor) + kept * frequency;
  });
}

function yarn(
  frequencies: Float64Array,
  config: RopeConfig,
  scaling: YarnRopeScaling,
  headSize: number,
): Float64Array {
  const { factor, beta_fast: fast = 32, beta_slow: slow = 1 } = scaling;
  const length = scaling.original_max_position_embeddings ?? config.max_position_embeddings;
  /** The pair, as a real number, that turns `turns` times within the original length. */
  const pairOf = (turns: number) =>
    (headSize * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(config.rope_theta));
  const first = Math.max(Math.floor(pairOf(fast)), 0);
  const end = Math.min(Math.ceil(pairOf(slow)), headSize - 1);
  const last = end === first ? first + 0.001 : end;
  return frequencies.map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - first) / (last - first)));
    return stretched * (frequency / factor) + (1 - stretched) * frequency;
  });
}
