import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { gguf } from "@huggingface/gguf";
import { checkInput } from "../../runs/read_input.ts";
import { dequantize, quantizedBytes } from "./dequantize.ts";
import { tokenTexts } from "./token_texts.ts";

/** Most bytes of one read. */
const PIECE = 2 ** 28;

/** Key of the list of tokens. */
const TOKENS = "tokenizer.ggml.tokens";

/** A tensor as a GGUF file lists it. */
export interface GgufEntry {
  /** Name, such as `blk.0.attn_q.weight`. */
  readonly name: string;
  /** Dimensions, outermost first. */
  readonly shape: readonly number[];
  /** GGUF's number of the type. */
  readonly code: number;
  /** First byte in the file. */
  readonly from: number;
  /** The byte after its last. */
  readonly to: number;
}

/** An open GGUF file. */
export interface GgufReader {
  /** Metadata by their keys; whole numbers of 64 bits are bigint. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Tensors by their names. */
  readonly tensors: ReadonlyMap<string, GgufEntry>;
  /** The numbers of a tensor in float32, row-major. */
  numbers(entry: GgufEntry): Promise<Float32Array<ArrayBuffer>>;
  /** Closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a GGUF file and reads its metadata and its list of tensors; their numbers are read one tensor
 * at a time.
 *
 * @throws {Error} naming the file and what is wrong with it: no GGUF, cut off, of a type that is not
 *   read here, a part of several
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function openGguf(path: string): Promise<GgufReader> {
  const fail = (cause: unknown): never => {
    throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  };
  await checkInput(path);
  const header = await gguf(resolve(path), { allowLocalFile: true }).catch((cause) =>
    fail(cause instanceof RangeError ? new Error("the file is cut off or corrupt") : cause)
  );
  const metadata: Record<string, unknown> = { ...header.metadata };
  const parts = Number(metadata["split.count"] ?? 1);
  if (!header.littleEndian) fail(new Error("its numbers are big-endian"));
  if (parts > 1) {
    fail(new Error(`it is one of ${parts} parts; join them with llama-gguf-split --merge`));
  }
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const start = Number(header.tensorDataOffset);
    if (start > size) throw new Error("the file is cut off or corrupt");
    if (metadata[TOKENS] !== undefined) {
      metadata[TOKENS] = tokenTexts(await readBytes(file, 0, start), TOKENS);
    }
    const tensors = new Map<string, GgufEntry>();
    for (const { name, shape, dtype, offset } of header.tensorInfos) {
      const dimensions = shape.map(Number).toReversed();
      const count = dimensions.reduce((a, b) => a * b, 1);
      const from = start + Number(offset);
      const code: number = dtype;
      const bytes = sizeOf(name, code, count, dimensions.at(-1) ?? 1);
      if (from + bytes > size) throw new Error(`the file ends before the tensor ${name} does`);
      if (tensors.has(name)) throw new Error(`it has the tensor ${name} twice`);
      tensors.set(name, { name, shape: dimensions, code, from, to: from + bytes });
    }
    return {
      metadata,
      tensors,
      numbers: ({ from, to, code }) =>
        readBytes(file, from, to).then((bytes) => dequantize(bytes, code), fail),
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    return fail(cause);
  }
}

function sizeOf(name: string, code: number, count: number, row: number): number {
  try {
    quantizedBytes(code, row);
    return quantizedBytes(code, count);
  } catch (cause) {
    throw new Error(`tensor ${name}: ${(cause as Error).message}`, { cause });
  }
}

async function readBytes(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), from + at);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    at += bytesRead;
  }
  return bytes;
}
