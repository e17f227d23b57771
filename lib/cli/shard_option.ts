import { parseShard, type Shard } from "../generation/shard.ts";
import { UsageError } from "./options.ts";

/**
 * The value of `--shard`.
 *
 * @throws {UsageError} when it is not I/N, or when no folder is named that the shards share
 */
export function readShardOption(
  text: string | undefined,
  out: string | undefined,
): Shard | undefined {
  if (text === undefined) return undefined;
  if (out === undefined) throw new UsageError("Option --shard needs --out FOLDER");
  try {
    return parseShard(text);
  } catch {
    throw new UsageError(`Option --shard must be I/N with I from 1 to N: "${text}"`);
  }
}

/** A line about cells that other shards have yet to finish. */
export function missingCells(names: readonly string[]): string {
  const first = names.slice(0, 3).join(", ");
  return `This part is complete. ${names.length} runs of other parts are not (${first}${
    names.length > 3 ? ", ..." : ""
  }): the part that ends last writes the results.`;
}
