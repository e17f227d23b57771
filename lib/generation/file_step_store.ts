import type { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { endOfLastLine, isUnfinished } from "../runs/shared_jsonl.ts";
import { type AttemptIdentity, attemptKey } from "./attempt_identity.ts";
import { StoreError } from "../runs/store_error.ts";
import type { StepStore, StoredAttempt, StoredRecord } from "./step_store.ts";

type FileHandle = Awaited<ReturnType<typeof open>>;

/**
 * A store in a folder: one JSON-lines file an attempt, named by the attempt's hash and grown by a line
 * a record, as each comes. Nothing is kept in memory but the attempts that are open. Several processes
 * may use one folder. A line that a crash left unfinished is marked and passed over.
 *
 * @param folder is made when it does not exist
 */
export function fileStepStore(folder: string): StepStore {
  return {
    async open(identity) {
      const key = attemptKey(identity);
      const path = join(folder, key.slice(0, 2), `${key}.jsonl`);
      const { records, isTorn } = await readRecords(path);
      return new FileAttempt(path, identity, records, isTorn);
    },
  };
}

class FileAttempt implements StoredAttempt {
  readonly #path: string;
  readonly #identity: AttemptIdentity;
  readonly #records = new Map<string, StoredRecord>();
  /** True if the file ends with an unfinished line. */
  #isTorn: boolean;
  #isNew: boolean;
  #file: Promise<FileHandle> | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  /** After a failed write the file may end in a part of a line: nothing may follow it. */
  #failure: StoreError | null = null;

  constructor(
    path: string,
    identity: AttemptIdentity,
    records: readonly StoredRecord[],
    isTorn: boolean,
  ) {
    this.#path = path;
    this.#identity = identity;
    this.#isTorn = isTorn;
    this.#isNew = records.length === 0 && !isTorn;
    for (const record of records) this.#records.set(`${record.kind}/${record.request}`, record);
  }

  find<K extends StoredRecord["kind"]>(
    kind: K,
    request: string,
  ): Extract<StoredRecord, { kind: K }> | null {
    const record = this.#records.get(`${kind}/${request}`) ?? null;
    return record as Extract<StoredRecord, { kind: K }> | null;
  }

  add(record: StoredRecord): Promise<void> {
    this.#records.set(`${record.kind}/${record.request}`, record);
    const write = this.#queue.then(async () => {
      if (this.#failure !== null) throw this.#failure;
      try {
        this.#file ??= this.#open();
        const file = await this.#file;
        // For people who look into the store; reading skips it.
        const identity = this.#isNew
          ? JSON.stringify({ kind: "identity", identity: this.#identity }) + "\n"
          : "";
        const end = endOfLastLine(this.#isTorn);
        this.#isNew = false;
        this.#isTorn = false;
        await file.appendFile(end + identity + JSON.stringify(record) + "\n");
      } catch (cause) {
        const { message } = cause as Error;
        throw this.#failure = new StoreError(
          `Cannot store a step in ${this.#path}: ${message}`,
          { cause },
        );
      }
    });
    this.#queue = write.catch(() => {});
    return write;
  }

  async close(): Promise<void> {
    await this.#queue;
    const file = await this.#file?.catch(() => null);
    await file?.close();
  }

  async #open(): Promise<FileHandle> {
    // The folder is nearly always there.
    return await open(this.#path, "a").catch(async (error) => {
      if (error.code !== "ENOENT") throw error;
      await mkdir(dirname(this.#path), { recursive: true });
      return await open(this.#path, "a");
    });
  }
}

async function readRecords(
  path: string,
): Promise<{ records: StoredRecord[]; isTorn: boolean }> {
  let bytes: Buffer;
  try {
    // Mostly there is none, and an error for that costs more than this.
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) return { records: [], isTorn: false };
    bytes = await readFile(path);
  } catch (cause) {
    const { message } = cause as Error;
    throw new StoreError(`Cannot read the stored steps ${path}: ${message}`, { cause });
  }
  const length = bytes.lastIndexOf(10) + 1;
  const records: StoredRecord[] = [];
  const lines = bytes.subarray(0, length).toString("utf8").split("\n");
  lines.forEach((line, i) => {
    if (line === "" || isUnfinished(line)) return;
    let record: { kind?: string };
    try {
      record = JSON.parse(line);
    } catch (cause) {
      throw new StoreError(
        `Cannot read the stored steps ${path} line ${i + 1}: ${
          (cause as Error).message
        }; delete the file to generate them again`,
        { cause },
      );
    }
    if (record.kind !== "identity") records.push(record as StoredRecord);
  });
  return { records, isTorn: length < bytes.length };
}
