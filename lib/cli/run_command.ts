import { withoutHidden } from "../display/printable.ts";
import type { OptionTable } from "../records/option_table.ts";
import { commandHelp, commandMarkdown } from "./help.ts";
import { type CommandSpec, type ParsedOptions, parseOptions, UsageError } from "./options.ts";

/** Exit code of a command that was used wrongly. */
export const USAGE_EXIT_CODE = 2;

/**
 * Runs a command: prints its help on `--help`, else reads its arguments and calls `body`. Bad
 * arguments and failures print one message on standard error.
 *
 * @returns the exit code: what `body` returned, 2 for bad arguments, 1 when `body` threw
 *
 * @example
 * ```ts
 * import { defineCommand } from "@potstill/cli/options.ts";
 * import { runCommand } from "@potstill/cli/run_command.ts";
 * const command = defineCommand({
 *   name: "double",
 *   summary: "Double a number",
 *   options: { n: { type: "number", default: 1, description: "The number" } },
 * });
 * const code = await runCommand(command, ["--n", "21"], ({ values }) => {
 *   console.log(values.n * 2);
 *   return Promise.resolve(0);
 * });
 * if (code !== 0) throw new Error("failed");
 * ```
 */
export async function runCommand<T extends OptionTable>(
  command: CommandSpec<T>,
  args: readonly string[],
  body: (parsed: ParsedOptions<T>) => Promise<number>,
): Promise<number> {
  try {
    const parsed = parseOptions(command, args);
    if (parsed.help !== null) {
      console.log(parsed.help === "text" ? commandHelp(command) : commandMarkdown(command));
      return 0;
    }
    for (const [old, now] of parsed.renamed) console.error(`Note: ${old} is now ${now}`);
    return await body(parsed);
  } catch (error) {
    console.error(errorText(error));
    return error instanceof UsageError ? USAGE_EXIT_CODE : 1;
  }
}

/**
 * Message of an error for a user, with the stack for errors that can only be mistakes in the
 * program.
 */
export function errorText(error: unknown): string {
  // What failed, and not what could not be closed after it.
  if (error instanceof SuppressedError) return errorText(error.suppressed);
  if (!(error instanceof Error)) return withoutHidden(`Error: ${error}`);
  const isBug = error instanceof TypeError || error instanceof ReferenceError;
  const wantsStack = Deno.env.get("POTSTILL_TRACE") === "1";
  // Messages quote what is wrong with files of strangers.
  return withoutHidden(
    (isBug || wantsStack) && error.stack ? error.stack : `Error: ${error.message}`,
  );
}
