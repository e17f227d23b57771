import type { OptionInput, OptionTable, ResolvedOptions } from "../records/option_table.ts";
import { pickOptions } from "../records/resolve_options.ts";

/** Options of sampling a model's tokens. */
export const SAMPLING_OPTIONS = {
  temperature: {
    type: "number",
    min: 0,
    defaultNote: "0; 0.4 with several candidates or samples",
    description: "Sampling temperature; 0 is greedy",
  },
  topP: {
    type: "number",
    above: 0,
    max: 1,
    defaultNote: "1; 0.8 when sampling",
    description: "Nucleus sampling: the share of probability that tokens are drawn from",
  },
} as const satisfies OptionTable;

/** A temperature and a share of probability. */
export type Sampling = ResolvedOptions<typeof SAMPLING_OPTIONS>;

/**
 * The paper's sampling where no other is given: greedy, or temperature 0.4 and top-p 0.8 where several
 * texts are drawn.
 *
 * @source paper, section 4 (experimental setup)
 */
export function resolveSampling(
  given: OptionInput<typeof SAMPLING_OPTIONS>,
  isSampled: boolean,
  temperature: number = 0.4,
): Sampling {
  const defaults: Sampling = isSampled ? { temperature, topP: 0.8 } : { temperature: 0, topP: 1 };
  return { ...defaults, ...pickOptions(SAMPLING_OPTIONS, given) } as Sampling;
}

/** The part of some options that says how tokens are drawn. */
export function samplingOf(options: OptionInput<typeof SAMPLING_OPTIONS>): Partial<Sampling> {
  return pickOptions(SAMPLING_OPTIONS, options) as Partial<Sampling>;
}
