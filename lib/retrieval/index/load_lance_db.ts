/**
 * Loads LanceDB with a thread pool that is large enough: with 2 threads or fewer, building a
 * full-text index over more than about 135,000 rows never ends (lancedb issue 3568). Full-text indexes
 * are built in one part: in several, rows fall into the parts by chance, and of passages with equal
 * scores each building of an index would find others.
 */
export async function loadLanceDb(): Promise<typeof import("@lancedb/lancedb")> {
  const { env } = await import("node:process");
  env.LANCE_CPU_THREADS ??= "8";
  env.LANCE_FTS_NUM_SHARDS ??= "1";
  return await import("@lancedb/lancedb");
}
