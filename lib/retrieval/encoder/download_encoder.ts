import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";

/** Options of {@link downloadEncoder}. */
export interface DownloadEncoderOptions {
  /** Folder of encoders, each in a folder of its own. */
  readonly cacheFolder: string;
  /** Branch, tag or commit. @default "main" */
  readonly revision?: string;
  /** The model's file in the repository. @default "onnx/model.onnx" */
  readonly file?: string;
  /** Address of the hub. @default "https://huggingface.co" */
  readonly hubUrl?: string;
  /** Sent as a bearer token, for repositories that want one. @default none */
  readonly token?: string;
  /** Stops the download; complete files stay. */
  readonly signal?: AbortSignal;
}

const NEEDED = ["config.json", "tokenizer.json", "tokenizer_config.json"];
const OPTIONAL = [
  "modules.json",
  "1_Pooling/config.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
];

/**
 * Downloads an encoder from the Hugging Face hub, once: a folder that is complete is used as it is.
 * A file appears only when it is whole, and a download that was stopped goes on file by file.
 *
 * @param repository such as `intfloat/e5-base-v2`
 * @returns the folder, for `loadOnnxEncoder`
 * @throws {Error} naming the address that failed, and where to put the files by hand
 */
export async function downloadEncoder(
  repository: string,
  options: DownloadEncoderOptions,
): Promise<string> {
  if (!/^\w[\w.-]*\/\w[\w.-]*$/.test(repository)) {
    throw new RangeError(`Cannot download "${repository}": it must be OWNER/NAME`);
  }
  const { revision = "main", file = "onnx/model.onnx", cacheFolder } = options;
  const folder = join(cacheFolder, `${repository.replace("/", "--")}@${safeName(revision)}`);
  const marker = join(folder, `complete-${safeName(file)}.json`);
  if (existsSync(marker)) return folder;
  const base = `${(options.hubUrl ?? "https://huggingface.co").replace(/\/+$/, "")}/${repository}`;
  const fetchFile = async (name: string, isNeeded: boolean) => {
    const path = join(folder, name);
    if (existsSync(path)) return;
    const url = `${base}/resolve/${encodeURIComponent(revision)}/${name}`;
    const wasFound = await download(url, path, options);
    if (!wasFound && isNeeded) {
      throw new Error(
        `Cannot download ${url}: there is none. Without a network put ${name} into ${folder}`,
      );
    }
  };
  for (const name of [...NEEDED, file]) await fetchFile(name, true);
  for (const name of [...OPTIONAL, `${file}_data`]) await fetchFile(name, false);
  await writeJsonAtomic(marker, { repository, revision, file });
  return folder;
}

/** @returns whether the hub has the file */
async function download(
  url: string,
  path: string,
  { token, signal }: DownloadEncoderOptions,
): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    const response = await fetch(url, {
      signal,
      headers: token ? { authorization: `Bearer ${token}` } : {},
    });
    if (response.status === 404 || response.status === 403) {
      await response.body?.cancel();
      return false;
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    await mkdir(dirname(path), { recursive: true });
    const stream = response.body as unknown as Parameters<typeof Readable.fromWeb>[0];
    await pipeline(Readable.fromWeb(stream), createWriteStream(temporary), { signal });
    await rename(temporary, path);
    return true;
  } catch (cause) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    throw new Error(
      `Cannot download ${url}: ${
        (cause as Error).message
      }. Without a network put the file at ${path}`,
      { cause },
    );
  }
}

function safeName(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "_");
}
