import { join } from "node:path";

/** A part of a run: number `index`, from 1, of `count`. */
export interface Shard {
  /** Number of the part, from 1. */
  readonly index: number;
  /** Number of parts. */
  readonly count: number;
}

/**
 * Reads `i/n`.
 * @throws {RangeError} when it is not `i/n` with i from 1 to n
 */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (index < 1 || index > count) {
    throw new RangeError(`Cannot read the shard "${text}": it must be i/n with i from 1 to n`);
  }
  return { index, count };
}

/** Every `count`-th item, beginning with number `index`: shards are equal in size and kind. */
export function itemsOfShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, i) => i % count === index - 1);
}

/** The folder of a shard within its run's folder, such as `shard-003-of-016`. */
export function shardFolder({ index, count }: Shard): string {
  const width = Math.max(3, String(count).length);
  return `shard-${String(index).padStart(width, "0")}-of-${String(count).padStart(width, "0")}`;
}

/**
 * One of `count` runs of neighbours, in length equal but for one: what neighbours have in common is
 * made once.
 */
export function blockOfShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  const bound = (part: number) => Math.floor(part * items.length / count);
  return items.slice(bound(index - 1), bound(index));
}

/** The folder of a run, or of one of its parts in the folder that they share. */
export function runPath(out: string, shard: Shard | undefined): string {
  return shard === undefined ? out : join(out, shardFolder(shard));
}
