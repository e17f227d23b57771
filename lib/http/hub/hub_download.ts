import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { appendFile, copyFile, mkdir, open, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { HubSettings } from "./hub_settings.ts";

/** A file of a repository as the hub lists it. */
export interface HubFile {
  /** Its path in the repository. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-1 of the git object, which names it in the cache. */
  readonly oid: string;
  /** SHA-256 of a file that git holds a pointer to; then that names it in the cache. */
  readonly sha256?: string;
}

/** A download that is under way. */
export interface HubDownload {
  /** Name of the repository, such as `HuggingFaceTB/SmolLM2-135M-Instruct`. */
  readonly repo: string;
  /** The commit. */
  readonly commit: string;
  /** Folder of the repository in the cache. */
  readonly storage: string;
  /** Where the hub is. */
  readonly settings: HubSettings;
  /** Called with the bytes that are there. */
  readonly onBytes?: (path: string, bytes: number, size: number) => void;
  /** Ends the download; what is there stays. */
  readonly signal?: AbortSignal;
}

/** An answer of the hub that is no success. */
export class HubStatusError extends Error {
  /** The HTTP status. */
  readonly statusCode: number;

  /** An error for an answer. */
  constructor(statusCode: number, url: string) {
    super(`status ${statusCode} of ${url}`);
    this.statusCode = statusCode;
  }
}

/** Nobody answered. */
export class HubConnectionError extends Error {}

/**
 * The request to the hub with the settings' key.
 *
 * @throws {HubConnectionError} when nobody answers
 */
export async function hubFetch(
  { token }: HubSettings,
  url: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(url, { ...init, headers });
  } catch (cause) {
    init.signal?.throwIfAborted();
    const { message, cause: deeper } = cause as Error;
    const why = deeper instanceof Error ? `${message}: ${deeper.message}` : message;
    throw new HubConnectionError(why, { cause });
  }
}

/**
 * Puts one file into the cache unless it is there, in the layout of `huggingface_hub`: the bytes in
 * `blobs/`, a link in `snapshots/COMMIT/`. A download that was broken off goes on where it ended; a
 * file is there under its name only when size and hash are right.
 *
 * @throws {HubStatusError} when the hub refuses
 * @throws {Error} when the bytes are not those that the hub lists, or cannot be had
 */
export async function downloadHubFile(file: HubFile, download: HubDownload): Promise<void> {
  const { storage, commit } = download;
  const link = join(storage, "snapshots", commit, file.path);
  const blob = join(storage, "blobs", file.sha256 ?? file.oid);
  if (existsSync(link)) return;
  if (!existsSync(blob)) {
    await mkdir(dirname(blob), { recursive: true });
    const part = `${blob}.incomplete`;
    await fetchRest(file, part, download);
    const found = await hashOf(part, file);
    if (found !== (file.sha256 ?? file.oid)) {
      await rm(part);
      throw new Error(
        `${file.path} came corrupt: its hash is ${found}, not ${file.sha256 ?? file.oid}; ` +
          "it was removed, so that it is fetched again next time",
      );
    }
    await rename(part, blob);
  }
  await mkdir(dirname(link), { recursive: true });
  await symlink(relative(dirname(link), blob), link).catch(() => copyFile(blob, link));
}

/** Appends to `part` what is missing of the file. */
async function fetchRest(file: HubFile, part: string, download: HubDownload): Promise<void> {
  const { repo, commit, settings, onBytes, signal } = download;
  let have = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  if (have > file.size) {
    await rm(part);
    have = 0;
  }
  if (have === file.size && have > 0) return;
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${settings.endpoint}/${repo}/resolve/${commit}/${path}`;
  const headers = have > 0 ? { Range: `bytes=${have}-` } : undefined;
  const response = await hubFetch(settings, url, { headers, signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HubStatusError(response.status, url);
  }
  // A server that knows no ranges sends everything.
  if (response.status !== 206) have = 0;
  const target = await open(part, have > 0 ? "a" : "w");
  let cause: unknown;
  try {
    const body = response.body?.getReader();
    for (;;) {
      const read = await body?.read().catch((error: unknown) => void (cause = error));
      if (!read || read.done) break;
      await appendFile(target, read.value);
      have += read.value.length;
      onBytes?.(file.path, have, file.size);
    }
  } finally {
    await target.close();
  }
  signal?.throwIfAborted();
  if (have !== file.size) {
    throw new Error(
      `${file.path} ended after ${have} of ${file.size} bytes; the next attempt goes on from there`,
      { cause },
    );
  }
}

async function hashOf(path: string, { sha256, size }: HubFile): Promise<string> {
  const hash: Hash = createHash(sha256 === undefined ? "sha1" : "sha256");
  if (sha256 === undefined) hash.update(`blob ${size}\0`);
  for await (const bytes of createReadStream(path)) hash.update(bytes);
  return hash.digest("hex");
}
