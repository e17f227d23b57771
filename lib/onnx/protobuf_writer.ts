/**
 * Writes the Protocol Buffers wire format: just what an ONNX model needs. Byte arrays are kept by
 * reference until {@link ProtobufWriter.finish}, so that large weights are copied once. By hand, as
 * libraries copy them for each message around them (`@bufbuild/protobuf`, protobufjs: four times as
 * long, twice the memory).
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 *
 * @example
 * ```ts
 * import { ProtobufWriter } from "@potstill/onnx/protobuf_writer.ts";
 * const bytes = new ProtobufWriter().int(1, 150).finish();
 * if (bytes.join() !== "8,150,1") throw new Error("wrong encoding");
 * ```
 */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** A varint field; negative integers take ten bytes, as protobuf's int64 does. */
  int(field: number, value: number | bigint): this {
    return this.#varint(field * 8).#varint(value);
  }

  /** Repeated integers, packed into one field; nothing at all when the list is empty. */
  ints(field: number, values: readonly (number | bigint)[]): this {
    if (values.length === 0) return this;
    const packed = new ProtobufWriter();
    for (const value of values) packed.#varint(value);
    return this.message(field, packed);
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    return this.#varint(field * 8 + 5).#push(littleEndianFloats([value]));
  }

  /** Repeated 32-bit floats, packed; nothing at all when the list is empty. */
  floats(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, littleEndianFloats(values));
  }

  /** A UTF-8 text field. */
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A length-delimited field; `value` must not change before {@link finish}. */
  bytes(field: number, value: Uint8Array): this {
    return this.#varint(field * 8 + 2).#varint(value.byteLength).#push(value);
  }

  /** An embedded message. */
  message(field: number, value: ProtobufWriter): this {
    this.#varint(field * 8 + 2).#varint(value.#size);
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  /** All fields as one array. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#size);
    let offset = 0;
    for (const part of this.#parts) {
      out.set(part, offset);
      offset += part.byteLength;
    }
    return out;
  }

  #varint(value: number | bigint): this {
    const bytes: number[] = [];
    if (typeof value === "number" && value >= 0) {
      let rest = value;
      while (rest >= 128) {
        bytes.push((rest % 128) + 128);
        rest = Math.floor(rest / 128);
      }
      bytes.push(rest);
    } else {
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest >= 128n) {
        bytes.push(Number(rest & 127n) + 128);
        rest >>= 7n;
      }
      bytes.push(Number(rest));
    }
    return this.#push(Uint8Array.from(bytes));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.byteLength;
    return this;
  }
}

function littleEndianFloats(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => view.setFloat32(i * 4, value, true));
  return new Uint8Array(view.buffer);
}
