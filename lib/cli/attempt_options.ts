import { RUN_OPTIONS, type RunOptions } from "../generation/run_options.ts";
import type { OptionInput, OptionTable } from "../records/option_table.ts";
import { givenOptions, type ParsedOptions } from "./options.ts";

/**
 * The given options of attempts and of the run; the others take their defaults in the stage
 * itself. `--max-new-tokens` alone limits a CoT answer as well.
 */
export function attemptOptions<T extends OptionTable>(
  table: T,
  parsed: Pick<ParsedOptions<OptionTable>, "given" | "values">,
): OptionInput<T> & RunOptions {
  const { maxNewTokens } = parsed.values;
  const cot = parsed.given.has("maxNewTokens") ? { cotMaxNewTokens: maxNewTokens } : {};
  return { ...cot, ...givenOptions(table, parsed), ...givenOptions(RUN_OPTIONS, parsed) };
}
