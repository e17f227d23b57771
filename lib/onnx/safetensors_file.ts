import { type FileHandle, open } from "node:fs/promises";
import {
  checkPlaces,
  parseSafetensorsHeader,
  type SafetensorsContent,
  safetensorsHeaderEnd,
  type SafetensorsTensor,
  toFloat32,
} from "./safetensors.ts";
import { checkInput } from "../runs/read_input.ts";

/** Most bytes of one read. */
const PIECE = 2 ** 28;

/**
 * Reads a safetensors file tensor by tensor, so that a file of half precision never is in memory as a
 * whole besides its tensors in float32.
 *
 * @param unused names of tensors that are left out, whatever their type. @default none
 * @throws {SafetensorsError} naming the file, and the tensor at fault if there is one
 * @throws {Error} with the code of the operating system when the file cannot be opened or read
 */
export async function readSafetensorsFile(
  path: string,
  unused: (name: string) => boolean = () => false,
): Promise<SafetensorsContent> {
  await checkInput(path);
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const start = await readBytes(file, 0, Math.min(8, size));
    const end = safetensorsHeaderEnd(start, size, path);
    const { entries, metadata } = parseSafetensorsHeader(
      await readBytes(file, 0, end),
      path,
      unused,
    );
    checkPlaces(entries, end, size, path);
    const tensors = new Map<string, SafetensorsTensor>();
    for (const { name, dtype, shape, from, to } of entries) {
      if (unused(name)) continue;
      tensors.set(name, { shape, data: toFloat32(await readBytes(file, from, to), dtype) });
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

async function readBytes(
  file: FileHandle,
  from: number,
  to: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), from + at);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    at += bytesRead;
  }
  return bytes;
}
