import * as zlib from "node:zlib";
import { inflateSync } from "fflate";

// Deno has it, its types have not.
const { zstdDecompressSync } = zlib as unknown as {
  zstdDecompressSync(data: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
};

/** Bytes of the zip file that one reads at a time, and so the most of an entry. */
const MOST_BYTES = 2 ** 30;

/**
 * The files in a zip file, stored, deflated or compressed with zstd (method 93), by their names.
 *
 * @throws {Error} when it is no zip file, is cut off, or naming a file that is compressed otherwise
 * @source PKWARE, APPNOTE.TXT, 4.3 and 4.4.5
 */
export function zipFiles(bytes: Uint8Array): Map<string, () => Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, () => Uint8Array>();
  let at = bytes.length - 22;
  const last = Math.max(0, at - 0xffff);
  while (at >= last && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < last || at < 0) throw new Error("it is no zip file, or it is cut off");
  const count = view.getUint16(at + 10, true);
  let entry = view.getUint32(at + 16, true);
  for (let i = 0; i < count; i++) {
    if (entry + 46 > bytes.length || view.getUint32(entry, true) !== 0x02014b50) {
      throw new Error(`its directory is broken at entry ${i + 1} of ${count}`);
    }
    const [method, packed, size] = [
      view.getUint16(entry + 10, true),
      view.getUint32(entry + 20, true),
      view.getUint32(entry + 24, true),
    ];
    const [nameLength, extra, comment] = [28, 30, 32].map((o) => view.getUint16(entry + o, true));
    const local = view.getUint32(entry + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(entry + 46, entry + 46 + nameLength));
    files.set(name, () => unpacked(bytes, view, { name, method, packed, size, local }));
    entry += 46 + nameLength + extra + comment;
  }
  return files;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
}

function unpacked(
  bytes: Uint8Array,
  view: DataView,
  { name, method, packed, size, local }: Entry,
): Uint8Array {
  if (local + 30 > bytes.length || size > MOST_BYTES) {
    throw new Error(`its file ${name} lies outside of it or is larger than ${MOST_BYTES} bytes`);
  }
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const data = bytes.subarray(start, start + packed);
  if (method === 0) return data;
  if (method === 8) return inflateSync(data, { out: new Uint8Array(size) });
  if (method === 93) return zstdDecompressSync(data, { maxOutputLength: size });
  throw new Error(`its file ${name} is compressed by method ${method}, which is not understood`);
}
