import { existsSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { sha256OfJson } from "../../runs/hash.ts";
import { adapterBase, isAdapterFolder } from "../find_student.ts";
import { findOnnxModel } from "./onnx_weights.ts";

/**
 * SHA-256 of a student's weights, for manifests: of `model.safetensors`, or of the hashes of
 * its shards, or of its ONNX model with what lies beside that; of a GGUF file; or of the hashes of an
 * adapter and its base model.
 *
 * @throws {Error} naming the folder when it has no weights, or the file that cannot be read
 */
export async function weightsSha256(folder: string): Promise<string> {
  if (statSync(folder, { throwIfNoEntry: false })?.isFile()) return await fileSha256(folder);
  if (isAdapterFolder(folder)) {
    const base = await weightsSha256((await adapterBase(folder)).path);
    return sha256OfJson([base, await fileSha256(join(folder, "adapter_model.safetensors"))]);
  }
  const single = join(folder, "model.safetensors");
  if (existsSync(single)) return await fileSha256(single);
  const onnx = findOnnxModel(folder);
  const [place, pattern] = existsSync(join(folder, "model.safetensors.index.json"))
    ? [folder, /\.safetensors$/] as const
    : [onnx === null ? null : dirname(onnx), /\.onnx(_data)?$/] as const;
  if (place === null) {
    throw new Error(`Cannot read the weights of ${folder}: it has no model.safetensors`);
  }
  const names = (await readdir(place)).filter((name) => pattern.test(name)).sort();
  const hashes: [string, string][] = [];
  for (const name of names) hashes.push([name, await fileSha256(join(place, name))]);
  return sha256OfJson(hashes);
}

async function fileSha256(path: string): Promise<string> {
  try {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
