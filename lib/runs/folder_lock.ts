import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isAlive, isLocal, type LockOwner, ownLock, readOwner } from "./lock_owner.ts";

/** Interval of the owner's heartbeats, in milliseconds. */
const BEAT_MS = 15_000;
/**
 * Time without a heartbeat after which an owner on another machine counts as dead, in
 * milliseconds.
 */
const DEAD_AFTER_MS = 300_000;
/** A lock that cannot be read is being written, unless it is older than this, in milliseconds. */
const WRITTEN_AFTER_MS = 10_000;

/** A folder or file that one process at a time may write. */
export interface FolderLock {
  /** Aborts when another process has taken the folder over, as after a long sleep of this machine. */
  readonly lost: AbortSignal;
  /** Releases the lock. */
  release(): Promise<void>;
  /** Releases the lock at the end of a block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Error of a folder that another process is using. */
export class LockedError extends Error {
  /** Tells this error from others. */
  override readonly name = "LockedError";
}

/** Locks of this process, by the beginning of their files' paths. */
const held = new Set<string>();

/**
 * Locks a folder for this process, making it when there is none. The lock is a file in it (`.lock.1`)
 * that names its owner: host, process and when that began. An owner that is dead loses it: on this machine at
 * once, on another when it has not shown itself for five minutes.
 *
 * The file appears with its content or not at all, and each taking over has a number of its own, which
 * one process alone can have: two never both believe that it is theirs.
 *
 * @param command what the folder is used for, such as `generate`
 * @throws {LockedError} naming the process that uses the folder
 * @throws {Error} when no file can be written there
 *
 * @example
 * ```ts
 * import { lockFolder } from "@potstill/runs/folder_lock.ts";
 * const folder = await Deno.makeTempDir();
 * {
 *   await using _lock = await lockFolder(folder, "example");
 *   const second = await lockFolder(folder, "example").catch((error) => error.message);
 *   if (!/is used by/.test(String(second))) throw new Error("locked twice");
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function lockFolder(folder: string, command: string): Promise<FolderLock> {
  let isNew = false;
  const lock = await lockAt(folder, command, async () => {
    isNew = await mkdir(folder, { recursive: true }) !== undefined;
    return join(await realpath(folder), ".lock.");
  });
  const release = async () => {
    await lock.release();
    // Nothing came of it; a folder that holds something stays.
    if (isNew) await rmdir(folder).catch(() => {});
  };
  return { lost: lock.lost, release, [Symbol.asyncDispose]: release };
}

/**
 * Locks a file, or a folder that is yet to appear, in the way of {@link lockFolder}: the lock is a file
 * beside it (`.NAME.lock.1`).
 *
 * @throws {LockedError} naming the process that uses it
 * @throws {Error} when no file can be written there
 */
export async function lockBeside(path: string, command: string): Promise<FolderLock> {
  return await lockAt(path, command, async () => {
    const folder = dirname(resolve(path));
    await mkdir(folder, { recursive: true });
    return join(await realpath(folder), `.${basename(path)}.lock.`);
  });
}

async function lockAt(
  path: string,
  command: string,
  findPlace: () => Promise<string>,
): Promise<FolderLock> {
  let place: string | null = null;
  try {
    place = await findPlace();
    if (held.has(place)) {
      place = null;
      throw new LockedError(`Cannot use ${path}: it is used by this process already`);
    }
    held.add(place);
    return await new Attempt(path, place, command).take();
  } catch (error) {
    if (place !== null) held.delete(place);
    if (error instanceof LockedError) throw error;
    throw new Error(`Cannot lock ${path}: ${(error as Error).message}`, { cause: error });
  }
}

class Attempt {
  readonly #folder: string;
  readonly #place: string;
  readonly #owner: LockOwner;

  constructor(folder: string, place: string, command: string) {
    this.#folder = folder;
    this.#place = place;
    this.#owner = ownLock(command);
  }

  async take(): Promise<FolderLock> {
    const own = `${this.#place}${this.#owner.token}.tmp`;
    await writeFile(own, JSON.stringify(this.#owner) + "\n");
    try {
      for (;;) {
        // The time of the file system that all see, whatever this machine's clock says.
        const now = (await stat(own)).mtimeMs;
        const highest = (await this.#numbers()).at(-1) ?? 0;
        if (highest > 0) await this.#checkDead(highest, now);
        const number = highest + 1;
        if (!await this.#make(own, number)) continue;
        // Somebody who was slower than two others may have made a lower number: it is nothing.
        if ((await this.#numbers()).at(-1) !== number) {
          await rm(`${this.#place}${number}`, { force: true });
          continue;
        }
        for (const older of await this.#numbers()) {
          if (older < number) await rm(`${this.#place}${older}`, { force: true });
        }
        return this.#keep(number);
      }
    } finally {
      await rm(own, { force: true });
    }
  }

  async #numbers(): Promise<number[]> {
    const prefix = basename(this.#place);
    const names = await readdir(dirname(this.#place));
    return names.flatMap((name) => {
      const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
      // A number that is not exact has no successor.
      return /^\d{1,15}$/.test(rest) ? [Number(rest)] : [];
    }).sort((a, b) => a - b);
  }

  /** @returns whether the number is ours; @throws when the file system fails */
  async #make(own: string, number: number): Promise<boolean> {
    const path = `${this.#place}${number}`;
    try {
      await link(own, path);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EEXIST") return false;
      // Some file systems know no links.
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES"].includes(code ?? "")) {
        throw error;
      }
    }
    try {
      await writeFile(path, JSON.stringify(this.#owner) + "\n", { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === "EEXIST") return false;
      throw error;
    }
  }

  /** @throws {LockedError} when the owner of a lock lives, or may */
  async #checkDead(number: number, now: number): Promise<void> {
    const path = `${this.#place}${number}`;
    const [text, seen] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch((error) => {
      if (error.code === "ENOENT") return ["", null] as const;
      throw error;
    });
    if (seen === null) return;
    const agoMs = now - seen.mtimeMs;
    const owner = readOwner(text);
    if (owner === null) {
      if (agoMs > WRITTEN_AFTER_MS) return;
      throw new LockedError(`Cannot use ${this.#folder}: another process is taking it`);
    }
    const what = `${owner.command}, process ${owner.pid} on ${owner.host}, since ${owner.since}`;
    if (isLocal(owner)) {
      if (!isAlive(owner)) return;
      throw new LockedError(`Cannot use ${this.#folder}: it is used by ${what}`);
    }
    if (agoMs > DEAD_AFTER_MS) return;
    throw new LockedError(
      `Cannot use ${this.#folder}: it is used by ${what}, which showed itself ${
        Math.max(0, Math.round(agoMs / 1000))
      } s ago. If it is dead, it loses the folder ${
        DEAD_AFTER_MS / 60_000
      } minutes after that; or remove ${path}`,
    );
  }

  #keep(number: number): FolderLock {
    const path = `${this.#place}${number}`;
    const text = JSON.stringify(this.#owner) + "\n";
    const lost = new AbortController();
    let isHeld = true;
    const beat = async () => {
      const now = await readFile(path, "utf8").catch((error) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      if (!isHeld) return;
      if (readOwner(now)?.token !== this.#owner.token) {
        clearInterval(timer);
        return lost.abort(
          new LockedError(`Cannot continue in ${this.#folder}: another process has taken it over`),
        );
      }
      // Writing, and not a call that sets the time, lets the file system's own clock count.
      const file = await open(path, "r+");
      await file.write(text, 0).finally(() => file.close());
    };
    const timer = setInterval(() => void beat().catch(() => {}), BEAT_MS);
    Deno.unrefTimer(timer as unknown as number);
    const release = async () => {
      if (!isHeld) return;
      isHeld = false;
      clearInterval(timer);
      const found = await readFile(path, "utf8").catch(() => "");
      if (readOwner(found)?.token === this.#owner.token) await rm(path, { force: true });
      held.delete(this.#place);
    };
    return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
  }
}
