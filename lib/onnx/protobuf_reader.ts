/** A field of a message as it stands in the file. */
export interface ProtobufField {
  /** Its number. */
  readonly field: number;
  /** The value of a varint or a fixed-width field; 0 for bytes. */
  readonly int: number;
  /** A view of a length-delimited field's bytes; empty for numbers. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);

/**
 * The fields of a message of the Protocol Buffers wire format, in their order. Varints beyond 2⁵³
 * lose their last digits. By hand, beside the writer: a library's reader would save fewer lines than
 * its errors need to name the file.
 *
 * @param source names the file, for the error
 * @throws {RangeError} when the bytes are no message or are cut short
 * @source https://protobuf.dev/programming-guides/encoding/
 *
 * @example
 * ```ts
 * import { protobufFields } from "@potstill/onnx/protobuf_reader.ts";
 * const [{ field, int }] = protobufFields(Uint8Array.of(8, 150, 1), "an example");
 * if (field !== 1 || int !== 150) throw new Error("wrong decoding");
 * ```
 */
export function* protobufFields(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
): Generator<ProtobufField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (why: string): never => {
    throw new RangeError(`Cannot read ${source}: ${why}`);
  };
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= bytes.length) fail("it is cut short");
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return fail("it is no protobuf message");
  };
  const take = (size: number) => {
    if (size > bytes.length - at) fail("it is cut short");
    return bytes.subarray(at, at += size);
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { field, int: varint(), bytes: NOTHING };
        break;
      case 1:
        yield { field, int: 0, bytes: take(8) };
        break;
      case 2:
        yield { field, int: 0, bytes: take(varint()) };
        break;
      case 5:
        take(4);
        yield { field, int: view.getUint32(at - 4, true), bytes: bytes.subarray(at - 4, at) };
        break;
      default:
        fail("it is no protobuf message");
    }
  }
}
