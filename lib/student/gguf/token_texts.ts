import { Buffer } from "node:buffer";

/** Numbers of the value types. @source gguf.md, gguf_metadata_value_type */
const STRING = 8, ARRAY = 9;

/**
 * The texts of a list in a GGUF file's metadata, each with the byte order mark that it may begin with:
 * `@huggingface/gguf` leaves it out, and a vocabulary tells `\ufeff#` from `#`.
 *
 * @param header the file's bytes before its tensors
 * @param key of the list
 * @throws {Error} when the header has no such list
 */
export function tokenTexts(header: Uint8Array, key: string): string[] {
  const name = Buffer.from(key);
  const start = Buffer.alloc(8 + name.length + 8);
  start.writeBigUInt64LE(BigInt(name.length));
  name.copy(start, 8);
  start.writeUInt32LE(ARRAY, 8 + name.length);
  start.writeUInt32LE(STRING, 12 + name.length);
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  let at = bytes.indexOf(start);
  if (at < 0) throw new Error(`${key} is no list of texts`);
  at += start.length;
  const length = () => {
    const value = Number(bytes.readBigUInt64LE(at));
    at += 8;
    return value;
  };
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return Array.from({ length: length() }, () => {
    const end = length() + at;
    const text = utf8.decode(bytes.subarray(at, end));
    at = end;
    return text;
  });
}
