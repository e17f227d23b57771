import { join } from "node:path";
import type { ExternalData } from "../../onnx/model_proto.ts";

/** Where the constants of a graph are kept until onnxruntime has read them. */
export interface Constants {
  /** True if constants of one key lie in one place. */
  readonly isShared: boolean;
  /** Keeps the numbers of `key`, made by `data` unless they are kept already. */
  keep(key: string, data: () => ArrayBufferView): ArrayBufferView | ExternalData;
}

/** Constants in the graph's own bytes. */
export class InlineConstants implements Constants {
  /** Each constant is written for itself. */
  readonly isShared = false;

  /** The numbers as they are. */
  keep(_key: string, data: () => ArrayBufferView): ArrayBufferView {
    return data();
  }
}

/** Bytes from which a constant goes into the file; smaller ones stay in the graph. */
const LEAST_BYTES = 4096;
const PAGE = 4096;

/**
 * Constants in a file beside the graph. onnxruntime maps the file into memory, packs a matrix and lets
 * its pages go, so that weights are in memory once; in the graph's bytes they would be there up to four
 * times while a session is made.
 */
export class FileConstants implements Constants {
  /** A constant is written once for all that share its key. */
  readonly isShared = true;
  readonly #folder: string;
  readonly #file: Deno.FsFile;
  readonly #kept = new Map<string, ExternalData>();
  #size = 0;

  /** An empty file in `folder`, which must exist. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#file = Deno.openSync(join(folder, FILE), { write: true, createNew: true });
  }

  /**
   * Writes the numbers.
   * @throws {Error} naming the folder when they cannot be written
   */
  keep(key: string, data: () => ArrayBufferView): ArrayBufferView | ExternalData {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const view = data();
    if (view.byteLength < LEAST_BYTES) return view;
    const offset = Math.ceil(this.#size / PAGE) * PAGE;
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (cause) {
      throw new Error(
        `Cannot keep a student's weights in ${this.#folder}, where ` +
          `${Math.ceil((offset + view.byteLength) / 1e6)} MB are needed: ${
            (cause as Error).message
          }; TMPDIR names another folder`,
        { cause },
      );
    }
    this.#size = offset + view.byteLength;
    const place = { location: FILE, offset, lengthBytes: view.byteLength };
    this.#kept.set(key, place);
    return place;
  }

  /** Closes the file; what is kept stays. */
  close(): void {
    this.#file.close();
  }
}

const FILE = "weights.bin";
