import type { Connection } from "@lancedb/lancedb";
import { loadLanceDb } from "./load_lance_db.ts";

/** Options of connecting to an index. */
export interface ConnectOptions {
  /**
   * LanceDB's options of an object store, such as `region` or `endpoint`; credentials are better
   * left to the environment.
   * @default none
   */
  readonly storageOptions?: Readonly<Record<string, string>>;
  /** Memory for parts of the search indexes. @default 1073741824 */
  readonly indexCacheBytes?: number;
}

const METADATA_CACHE_BYTES = 128 * 1024 * 1024;

/** True if an index lies in an object store (`s3://`, `gs://`, `az://`) and not in a folder. */
export function isUri(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location);
}

/** Connects to LanceDB with bounded caches; its own defaults take up to 7 GiB. */
export async function connectIndex(
  location: string,
  options: ConnectOptions = {},
): Promise<Connection> {
  const lancedb = await loadLanceDb();
  const session = new lancedb.Session(
    BigInt(options.indexCacheBytes ?? 2 ** 30),
    BigInt(METADATA_CACHE_BYTES),
  );
  const storageOptions = { ...options.storageOptions };
  try {
    return await lancedb.connect(location, { storageOptions }, session);
  } catch (cause) {
    throw new Error(`Cannot reach the index ${location}: ${(cause as Error).message}`, { cause });
  }
}
