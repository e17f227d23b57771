import { headSize, parameterCount, type StudentConfig } from "../config.ts";
import { GroupPool, type PoolGroup, type PoolRow } from "./group_pool.ts";
import { type CacheShape, keyValueBytes, type KeyValues } from "./key_values.ts";
import type { StudentSession } from "./student_session.ts";

/** Overhead of a run of the decode graph, expressed in bytes that could be read instead. */
const RUN_OVERHEAD_BYTES = 6e6;
const BLOCK_TOKENS = 64;

/** Sizes of a student's caches. */
export function cacheShape(config: StudentConfig): CacheShape {
  return {
    layers: config.num_hidden_layers,
    heads: config.num_key_value_heads,
    size: headSize(config),
  };
}

/**
 * The pools of an engine. Groups with prefixes of different lengths share a pool, whose prefixes are
 * filled up to one capacity, as long as reading what is filled up costs less than another run of the
 * graph. Results do not depend on the choice.
 */
export class GroupPools<Row extends PoolRow> {
  readonly #session: StudentSession;
  readonly #config: StudentConfig;
  readonly #shape: CacheShape;
  readonly #worthwhileTokens: number;
  readonly #pools = new Set<GroupPool<Row>>();

  /**
   * No pool yet.
   * @param session of the graph of `buildStudentGraph`
   */
  constructor(session: StudentSession, config: StudentConfig) {
    this.#session = session;
    this.#config = config;
    this.#shape = cacheShape(config);
    const runBytes = RUN_OVERHEAD_BYTES + 4 * parameterCount(config);
    this.#worthwhileTokens = runBytes / keyValueBytes(this.#shape, 1);
  }

  /** The pools that have groups. */
  get pools(): ReadonlySet<GroupPool<Row>> {
    return this.#pools;
  }

  /** Adds the samples of a prompt to a pool where they fit, or to a new one. */
  add(rows: readonly Row[], slots: number, prefix: KeyValues): PoolGroup<Row> {
    const needed = Math.ceil(prefix.length / BLOCK_TOKENS) * BLOCK_TOKENS;
    let best: GroupPool<Row> | null = null;
    for (const pool of this.#pools) {
      if (pool.slots !== slots || pool.prefixCapacity < needed) continue;
      const unused = pool.unusedTokens + pool.prefixCapacity - needed;
      if (unused > this.#worthwhileTokens) continue;
      if (best === null || pool.prefixCapacity < best.prefixCapacity) best = pool;
    }
    if (best === null) {
      const { vocab_size } = this.#config;
      best = new GroupPool(this.#session, this.#shape, slots, needed, vocab_size);
      this.#pools.add(best);
    }
    return best.add(rows, prefix);
  }

  /** Takes out groups none of whose samples is running, and pools without groups. */
  removeEnded(): void {
    for (const pool of this.#pools) {
      pool.removeEnded();
      if (pool.groups.length === 0) this.#pools.delete(pool);
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#pools.clear();
  }
}
