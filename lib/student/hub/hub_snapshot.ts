import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getRepoFolderName, HubApiError, listFiles, modelInfo } from "@huggingface/hub";
import { writeFileAtomic } from "../../runs/atomic_write.ts";
import { lockBeside } from "../../runs/folder_lock.ts";
import { downloadHubFile, type HubDownload, type HubFile, HubStatusError } from "./hub_download.ts";
import { isWholeStudent, studentFiles } from "./student_files.ts";
import { type HubSettings, hubSettings } from "./hub_settings.ts";

/** A model's name on the hub: `OWNER/NAME`, `OWNER/NAME@REVISION`, `OWNER/NAME:FILE.gguf`. */
const NAME = /^([\w.-]+\/[\w.-]+?)(?:@([\w./-]+))?(?::([\w./-]+\.gguf))?$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** How a model is taken from the hub. */
export interface HubSnapshotOptions extends Partial<HubSettings> {
  /** Called with the bytes of a file that are there. */
  readonly onBytes?: HubDownload["onBytes"];
  /** Ends the download. */
  readonly signal?: AbortSignal;
}

/** A model of the hub on this machine. */
export interface HubSnapshot {
  /** Its name, `OWNER/NAME`. */
  readonly name: string;
  /** The commit. */
  readonly revision: string;
  /** Its folder in the cache, or the GGUF file that was named. */
  readonly path: string;
}

/** True if a text may be the name of a model of the hub. */
export function isHubName(name: string): boolean {
  return NAME.test(name) && !name.includes("..");
}

/**
 * A model of the hub, in the cache that it shares with `huggingface_hub` and transformers: fetched when it
 * is not there, and no other files than those that a student is read from.
 *
 * @param name `OWNER/NAME`, with `@REVISION` (a branch, tag or commit) and with `:FILE.gguf` for one GGUF
 *   file
 * @throws {Error} naming the model and what is wrong: no such model or revision, access refused, no
 *   connection and not in the cache, a file that came corrupt
 */
export async function hubSnapshot(
  name: string,
  options: HubSnapshotOptions = {},
): Promise<HubSnapshot> {
  const { onBytes, signal } = options;
  const settings = hubSettings(options);
  const [, repo, revision = "main", gguf] = NAME.exec(name)!;
  const storage = join(settings.cache, getRepoFolderName({ type: "model", name: repo }));
  const found = (commit: string): HubSnapshot => ({
    name: repo,
    revision: commit,
    path: join(storage, "snapshots", commit, gguf ?? ""),
  });
  const cached = cachedCommit(storage, revision);
  const isWhole = cached !== null && isWholeStudent(join(storage, "snapshots", cached), gguf);
  if (settings.offline || (isWhole && COMMIT.test(revision))) {
    if (isWhole) return found(cached);
    throw new Error(
      `Cannot open the student ${name}: it is not in the cache ${settings.cache}, and HF_HUB_OFFLINE ` +
        "is set",
    );
  }
  try {
    const access = settings.token === undefined ? {} : { accessToken: settings.token };
    const asked = { hubUrl: settings.endpoint, ...access };
    const { sha: commit } = await modelInfo({
      ...asked,
      name: repo,
      revision,
      additionalFields: ["sha"],
    });
    if (!COMMIT.test(commit)) throw new Error(`the hub names the commit ${JSON.stringify(commit)}`);
    const files: HubFile[] = [];
    for await (
      const entry of listFiles({ ...asked, repo, revision: commit, recursive: true })
    ) {
      const { type, path, size, oid, lfs } = entry;
      if (type !== "file") continue;
      if (path.split("/").includes("..") || path.startsWith("/")) {
        throw new Error(`the hub lists a file outside of the repository: ${path}`);
      }
      const sha256 = lfs === undefined ? {} : { sha256: lfs.oid };
      files.push({ path, size: lfs?.size ?? size, oid: String(oid), ...sha256 });
    }
    const wanted = studentFiles(files, gguf);
    await mkdir(storage, { recursive: true });
    await using lock = await lockBeside(join(storage, "download"), "download");
    const ends = AbortSignal.any([lock.lost, ...signal ? [signal] : []]);
    const download = { repo, commit, storage, settings, onBytes, signal: ends };
    for (const file of wanted) await downloadHubFile(file, download);
    if (revision !== commit) {
      const ref = join(storage, "refs", revision);
      await mkdir(dirname(ref), { recursive: true });
      await writeFileAtomic(ref, new TextEncoder().encode(commit));
    }
    return found(commit);
  } catch (cause) {
    signal?.throwIfAborted();
    if (isWhole && isUnreachable(cause)) return found(cached);
    throw new Error(`Cannot open the student ${name}: ${reason(cause, repo, revision, settings)}`, {
      cause,
    });
  }
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
  return cause instanceof TypeError || Number(statusOf(cause)) >= 500;
}

function reason(
  cause: unknown,
  repo: string,
  revision: string,
  { endpoint, token, cache }: HubSettings,
): string {
  const status = statusOf(cause);
  const { message } = cause as Error;
  if (status === 401 || status === 403) {
    return `${endpoint} refuses ${repo} (status ${status}): ` +
      (token === undefined
        ? "it is private, gated or not there; set HF_TOKEN to the key of an account that may read it"
        : "the key in HF_TOKEN may not read it; accept the model's terms on its page first");
  }
  if (status === 404) {
    return `${endpoint} has no model ${repo} with the revision ${revision}, and there is no such folder`;
  }
  if (status !== undefined) return `${endpoint} answers with status ${status}: ${message}`;
  if (cause instanceof TypeError) {
    return `there is no such folder, ${endpoint} cannot be reached (${message}), and the model is not in ` +
      `the cache ${cache}`;
  }
  return message;
}
