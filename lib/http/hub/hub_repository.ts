import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  datasetInfo,
  getRepoFolderName,
  HubApiError,
  listFiles,
  modelInfo,
} from "@huggingface/hub";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { lockBeside } from "../../runs/folder_lock.ts";
import {
  downloadHubFile,
  HubConnectionError,
  type HubDownload,
  hubFetch,
  type HubFile,
  HubStatusError,
} from "./hub_download.ts";
import { type HubSettings, hubSettings } from "./hub_settings.ts";

const COMMIT = /^[0-9a-f]{40}$/;

/** How files are taken from the hub. */
export interface HubOptions extends Partial<HubSettings> {
  /** Called with the bytes of a file that are there. */
  readonly onBytes?: HubDownload["onBytes"];
  /** Ends the download. */
  readonly signal?: AbortSignal;
}

/** What is wanted of the hub. */
export interface HubRequest {
  /** Kind of repository. */
  readonly type: "model" | "dataset";
  /** Its name, `OWNER/NAME`. */
  readonly repo: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  /** Beginning of errors, such as `Cannot open the student owner/name`. */
  readonly purpose: string;
  /**
   * The files that are wanted, of those that there are; called again with those that it asked to read.
   *
   * @param read gives the text of a file that was asked for
   * @returns files to fetch; with `more`, those that must be read before the others can be told
   * @throws {Error} when the repository has not what is wanted
   */
  choose(
    files: readonly HubFile[],
    read: (path: string) => string,
  ): { readonly files: readonly HubFile[]; readonly more?: boolean };
  /** True if a folder of the cache has all that is wanted. */
  isWhole(folder: string): boolean;
}

/** A repository's folder on this machine. */
export interface HubFolder {
  /** The commit. */
  readonly revision: string;
  /** Its folder in the cache. */
  readonly path: string;
}

/**
 * The folder of a repository in the cache that is shared with `huggingface_hub`: fetched when it is not
 * there, and no other files than those that are wanted.
 *
 * @throws {Error} naming the repository and what is wrong: no such repository or revision, access refused,
 *   no connection and not in the cache, a file that came corrupt
 */
export async function hubRepository(
  request: HubRequest,
  options: HubOptions = {},
): Promise<HubFolder> {
  const { type, repo, revision, purpose } = request;
  const { onBytes, signal } = options;
  const settings = hubSettings(options);
  const storage = join(settings.cache, getRepoFolderName({ type, name: repo }));
  const found = (commit: string): HubFolder => ({
    revision: commit,
    path: join(storage, "snapshots", commit),
  });
  const cached = cachedCommit(storage, revision);
  const isWhole = cached !== null && request.isWhole(found(cached).path);
  if (settings.offline || (isWhole && COMMIT.test(revision))) {
    if (isWhole) return found(cached);
    throw new Error(
      `${purpose}: it is not in the cache ${settings.cache}, and HF_HUB_OFFLINE is set`,
    );
  }
  try {
    // Not as its accessToken, which must begin with hf_: mirrors and proxies have keys of other forms.
    const asked = {
      hubUrl: settings.endpoint,
      fetch: (url: string | URL | Request, init?: RequestInit) =>
        hubFetch(settings, url, { ...init, signal }),
    };
    const wanted = { ...asked, name: repo, revision, additionalFields: ["sha" as const] };
    const { sha: commit } = await (type === "model" ? modelInfo(wanted) : datasetInfo(wanted));
    if (!COMMIT.test(commit)) throw new Error(`the hub names the commit ${JSON.stringify(commit)}`);
    const files = await filesOf(type, repo, commit, asked);
    const folder = found(commit);
    await mkdir(storage, { recursive: true });
    await using lock = await lockBeside(join(storage, "download"), "download");
    const ends = AbortSignal.any([lock.lost, ...signal ? [signal] : []]);
    const name = type === "model" ? repo : `datasets/${repo}`;
    const download = { repo: name, commit, storage, settings, onBytes, signal: ends };
    const read = (path: string) => readFileSync(join(folder.path, path), "utf8");
    let chosen = request.choose(files, read);
    for (const file of chosen.files) await downloadHubFile(file, download);
    if (chosen.more) {
      chosen = request.choose(files, read);
      for (const file of chosen.files) await downloadHubFile(file, download);
    }
    if (revision !== commit) {
      const ref = join(storage, "refs", revision);
      await mkdir(dirname(ref), { recursive: true });
      await writeFileAtomic(ref, new TextEncoder().encode(commit));
    }
    return folder;
  } catch (cause) {
    signal?.throwIfAborted();
    if (isWhole && isUnreachable(cause)) return found(cached);
    throw new Error(`${purpose}: ${reason(cause, request, settings)}`, { cause });
  }
}

async function filesOf(
  type: HubRequest["type"],
  name: string,
  revision: string,
  asked: { readonly hubUrl: string; readonly fetch: typeof fetch },
): Promise<HubFile[]> {
  const files: HubFile[] = [];
  const listed = listFiles({ ...asked, repo: { type, name }, revision, recursive: true });
  for await (const { type: kind, path, size, oid, lfs } of listed) {
    if (kind !== "file") continue;
    if (path.split("/").includes("..") || path.startsWith("/")) {
      throw new Error(`the hub lists a file outside of the repository: ${path}`);
    }
    const sha256 = lfs === undefined ? {} : { sha256: lfs.oid };
    files.push({ path, size: lfs?.size ?? size, oid: String(oid), ...sha256 });
  }
  return files;
}

/** The commit that a revision was when it was last asked for, or null. */
function cachedCommit(storage: string, revision: string): string | null {
  if (COMMIT.test(revision)) return revision;
  try {
    const commit = readFileSync(join(storage, "refs", revision), "utf8").trim();
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

function statusOf(cause: unknown): number | undefined {
  return cause instanceof HubApiError || cause instanceof HubStatusError
    ? cause.statusCode
    : undefined;
}

/** True if nobody answered, or a server that cannot now. */
function isUnreachable(cause: unknown): boolean {
  return cause instanceof HubConnectionError || Number(statusOf(cause)) >= 500;
}

function reason(
  cause: unknown,
  { type, repo, revision }: HubRequest,
  { endpoint, token, cache }: HubSettings,
): string {
  const kind = type === "model" ? "model" : "data set";
  const status = statusOf(cause);
  const { message } = cause as Error;
  if (status === 401 || status === 403) {
    return `${endpoint} refuses ${repo} (status ${status}): ` +
      (token === undefined
        ? "it is private, gated or not there; set HF_TOKEN to the key of an account that may read it"
        : `the key in HF_TOKEN may not read it; accept the ${kind}'s terms on its page first`);
  }
  if (status === 404) {
    return `${endpoint} has no ${kind} ${repo} with the revision ${revision}, and there is no such ` +
      (type === "model" ? "folder" : "file");
  }
  if (status !== undefined) return `${endpoint} answers with status ${status}: ${message}`;
  if (cause instanceof HubConnectionError) {
    return `there is no such ${
      type === "model" ? "folder" : "file"
    }, ${endpoint} cannot be reached ` +
      `(${message}), and the ${kind} is not in the cache ${cache}`;
  }
  return message;
}
