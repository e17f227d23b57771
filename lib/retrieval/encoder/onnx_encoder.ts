import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { type Device, providerOf } from "../../onnx/device.ts";
import { readInputObject } from "../../runs/read_input.ts";
import { bertGraph } from "./bert_graph.ts";
import type { Encoder, EncoderRecord, TextKind } from "./encoder.ts";
import { readEncoderSettings } from "./encoder_settings.ts";
import { lengthBatches } from "./length_batches.ts";
import { pool, type Pooling } from "./pool.ts";
import { loadTextTokenizer, type TextTokenizer } from "./text_tokenizer.ts";
import { runSession } from "../../onnx/run_session.ts";

/** Options of {@link loadOnnxEncoder}; settings left out are read from the folder. */
export interface OnnxEncoderOptions {
  /** The model's name on the hub. @default as the folder says */
  readonly model?: string;
  /** Way of combining token vectors. @default as the folder says */
  readonly pooling?: Pooling;
  /** True if vectors are scaled to length 1. @default as the folder says */
  readonly normalize?: boolean;
  /** Put before a query. @default as the folder says, or as the model's card does if it is known */
  readonly queryPrefix?: string;
  /** Put before a passage. @default as the folder says, or as the model's card does if it is known */
  readonly passagePrefix?: string;
  /** Tokens kept of a text. @default as the folder says */
  readonly maxTokens?: number;
  /** Tokens of one call of the model, padding included. @default 8192 */
  readonly maxBatchTokens?: number;
  /** The model's file in the folder. @default the first of onnx/model.onnx, model.onnx, model.safetensors */
  readonly file?: string;
  /** Threads of the model. @default the machine's */
  readonly threads?: number;
  /** Hardware that runs it. @default "auto" */
  readonly device?: Device;
}

/**
 * Loads an encoder from a Hugging Face folder: E5, BGE, MiniLM and others, with an ONNX model, or with
 * the weights of a BERT in safetensors.
 *
 * @throws {Error} naming the file that is missing or does not fit
 *
 * @example
 * ```ts
 * import { loadOnnxEncoder } from "@potstill/retrieval";
 * export async function similarity(folder: string, query: string, passage: string) {
 *   const encoder = await loadOnnxEncoder(folder);
 *   const [q] = await encoder.encode([query], "query");
 *   const [p] = await encoder.encode([passage], "passage");
 *   await encoder.dispose();
 *   return q.reduce((sum, value, i) => sum + value * p[i], 0);
 * }
 * ```
 */
export async function loadOnnxEncoder(
  folder: string,
  options: OnnxEncoderOptions = {},
): Promise<OnnxEncoder> {
  const path = modelPath(folder, options.file);
  const found = await readEncoderSettings(folder, options.model);
  const tokenizer = await loadTextTokenizer(folder);
  const settings = {
    pooling: options.pooling ?? found.pooling,
    normalize: options.normalize ?? found.normalize,
    maxTokens: options.maxTokens ?? found.maxTokens,
  };
  if (!Number.isSafeInteger(settings.maxTokens) || settings.maxTokens < 3) {
    throw new RangeError(`Cannot load the encoder: maxTokens is ${settings.maxTokens}`);
  }
  if (settings.maxTokens > found.maxPositions) {
    throw new RangeError(
      `Cannot load the encoder: maxTokens is ${settings.maxTokens}, and ${folder} has ` +
        `${found.maxPositions} positions`,
    );
  }
  const ort = await import("onnxruntime-node");
  const sessionOptions = {
    intraOpNumThreads: options.threads ?? 0,
    extra: { session: { force_spinning_stop: "1" } },
  };
  const isGraph = !path.endsWith(".safetensors");
  const model = isGraph
    ? null
    : await bertGraph(path, await readInputObject(join(folder, "config.json")));
  const { createSession } = await import("../../onnx/execution_provider.ts");
  const provider = providerOf(options.device ?? "auto");
  const session = await createSession(model ?? path, sessionOptions, provider).catch((cause) => {
    throw new Error(`Cannot load ${path}: ${cause.message}`, { cause });
  });
  const run = { session, Tensor: ort.Tensor, tokenizer, settings };
  const maxBatchTokens = options.maxBatchTokens ?? 8192;
  const [probe] = await encodeTexts(run, ["probe"], maxBatchTokens);
  return new OnnxEncoder(run, maxBatchTokens, {
    type: "onnx",
    location: resolve(folder),
    model: found.model,
    dimensions: probe.length,
    queryPrefix: options.queryPrefix ?? found.queryPrefix,
    passagePrefix: options.passagePrefix ?? found.passagePrefix,
    sha256: await sha256OfFiles([path, join(folder, "tokenizer.json")]),
    settings,
  });
}

interface Run {
  readonly session: InferenceSession;
  readonly Tensor: typeof OrtTensor;
  readonly tokenizer: TextTokenizer;
  readonly settings: {
    readonly pooling: Pooling;
    readonly normalize: boolean;
    readonly maxTokens: number;
  };
}

/** An encoder in onnxruntime. */
export class OnnxEncoder implements Encoder {
  /** Record of the encoder for an index. */
  readonly record: EncoderRecord;
  readonly #run: Run;
  readonly #maxBatchTokens: number;

  /** Use {@link loadOnnxEncoder}. */
  constructor(run: unknown, maxBatchTokens: number, record: EncoderRecord) {
    this.#run = run as Run;
    this.#maxBatchTokens = maxBatchTokens;
    this.record = record;
  }

  /** The vectors of some texts; each kind has its prefix. */
  encode(
    texts: readonly string[],
    kind: TextKind,
    signal?: AbortSignal,
    onDone?: (texts: number) => void,
  ): Promise<Float32Array[]> {
    const { queryPrefix, passagePrefix } = this.record;
    const prefix = kind === "query" ? queryPrefix : passagePrefix;
    const prefixed = prefix === "" ? texts : texts.map((text) => prefix + text);
    return encodeTexts(this.#run, prefixed, this.#maxBatchTokens, signal, onDone);
  }

  /** Lets go of the model. */
  async dispose(): Promise<void> {
    await this.#run.session.release();
  }
}

async function encodeTexts(
  run: Run,
  texts: readonly string[],
  maxBatchTokens: number,
  signal?: AbortSignal,
  onDone?: (texts: number) => void,
): Promise<Float32Array[]> {
  const ids = texts.map((text) => run.tokenizer.encode(text, run.settings.maxTokens));
  const vectors: Float32Array[] = new Array(texts.length);
  // The longest come first: work goes by tokens.
  const total = ids.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  for (const batch of lengthBatches(ids.map(({ length }) => length), maxBatchTokens)) {
    signal?.throwIfAborted();
    const encoded = await encodeBatch(run, batch.map((index) => ids[index]));
    batch.forEach((index, i) => vectors[index] = encoded[i]);
    done += batch.reduce((sum, index) => sum + ids[index].length, 0);
    onDone?.(Math.floor(texts.length * done / total));
  }
  return vectors;
}

async function encodeBatch(
  { session, Tensor, tokenizer, settings }: Run,
  rows: readonly (readonly number[])[],
): Promise<Float32Array[]> {
  const lengths = rows.map(({ length }) => length);
  const width = Math.max(...lengths, 1);
  const shape = [rows.length, width];
  const ids = new BigInt64Array(rows.length * width).fill(BigInt(tokenizer.padId));
  const mask = new BigInt64Array(ids.length);
  rows.forEach((row, i) => {
    row.forEach((id, j) => ids[i * width + j] = BigInt(id));
    mask.fill(1n, i * width, i * width + row.length);
  });
  const feeds: Record<string, OrtTensor> = {};
  for (const name of session.inputNames) {
    if (name === "input_ids") feeds[name] = new Tensor("int64", ids, shape);
    else if (name === "attention_mask") feeds[name] = new Tensor("int64", mask, shape);
    else if (name === "token_type_ids") {
      feeds[name] = new Tensor("int64", new BigInt64Array(ids.length), shape);
    } else throw new Error(`Cannot encode: the model has an unknown input "${name}"`);
  }
  const outputs = await runSession(session, feeds);
  const wanted = ["last_hidden_state", "token_embeddings"];
  const name = wanted.find((known) => known in outputs) ?? session.outputNames[0];
  const states = outputs[name];
  if (states.type !== "float32" || states.dims.length !== 3) {
    throw new Error(
      `Cannot encode: the model's output "${name}" is ${states.type} [${states.dims}], ` +
        "not float32 [texts, tokens, dimensions]",
    );
  }
  return pool(states.data as Float32Array, lengths, width, settings.pooling, settings.normalize);
}

function modelPath(folder: string, file: string | undefined): string {
  const candidates = file === undefined
    ? ["onnx/model.onnx", "model.onnx", "model.safetensors"]
    : [file];
  const found = candidates.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`Cannot load the encoder: ${folder} has no ${candidates.join(" or ")}`);
}

async function sha256OfFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
