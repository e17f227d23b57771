import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Encoder, EncoderRecord } from "./encoder.ts";

/** Address and settings of an encoder; missing settings are read from its folder. */
export interface OpenEncoderOptions {
  /** The folder of an ONNX encoder, or its name on the hub, such as `intfloat/e5-base-v2`. */
  readonly encoder?: string;
  /** Base URL of an OpenAI-compatible embeddings endpoint, instead of `encoder`. */
  readonly embeddingsUrl?: string;
  /** The model's name at the endpoint; needed with `embeddingsUrl`. */
  readonly embeddingsModel?: string;
  /** The endpoint's key. @default null */
  readonly apiKey?: string | null;
  /** Put before a query. */
  readonly queryPrefix?: string;
  /** Put before a passage. */
  readonly passagePrefix?: string;
  /** Way of combining an ONNX encoder's token vectors. */
  readonly pooling?: "mean" | "cls";
  /** Tokens that an ONNX encoder keeps of a text. */
  readonly maxTokens?: number;
  /** Threads of an ONNX encoder. */
  readonly threads?: number;
  /** Folder of encoders from the hub; needed with a name on the hub. */
  readonly cacheFolder?: string;
  /** Stops a download. */
  readonly signal?: AbortSignal;
}

/**
 * Opens an encoder: a folder, a name on the hub, which is downloaded once, or an endpoint.
 *
 * @throws {Error} when the encoder cannot be had, or both or neither place are given
 */
export async function openEncoder(options: OpenEncoderOptions): Promise<Encoder> {
  const { encoder, embeddingsUrl, queryPrefix, passagePrefix } = options;
  if ((encoder === undefined) === (embeddingsUrl === undefined)) {
    throw new Error("Cannot open an encoder: give either a folder or an endpoint");
  }
  if (embeddingsUrl !== undefined) {
    if (!options.embeddingsModel) {
      throw new Error(`Cannot open an encoder: name the model at ${embeddingsUrl}`);
    }
    const { createEndpointEncoder } = await import("./endpoint_encoder.ts");
    return await createEndpointEncoder({
      baseUrl: embeddingsUrl,
      model: options.embeddingsModel,
      apiKey: options.apiKey ?? null,
      queryPrefix,
      passagePrefix,
    });
  }
  const { loadOnnxEncoder } = await import("./onnx_encoder.ts");
  const { pooling, maxTokens, threads } = options;
  const isOnHub = !existsSync(encoder!) && /^\w[\w.-]*\/\w[\w.-]*$/.test(encoder!);
  return await loadOnnxEncoder(isOnHub ? await fromHub(encoder!, options) : encoder!, {
    ...(isOnHub ? { model: encoder } : {}),
    queryPrefix,
    passagePrefix,
    pooling,
    maxTokens,
    threads,
  });
}

/**
 * Opens the encoder that an index records.
 *
 * @param options what differs here, such as the key of an endpoint or another folder
 */
export async function openRecordedEncoder(
  record: EncoderRecord,
  options: OpenEncoderOptions = {},
): Promise<Encoder> {
  const { queryPrefix, passagePrefix, settings } = record;
  const place = options.encoder !== undefined || options.embeddingsUrl !== undefined
    ? {}
    : record.type === "onnx"
    ? { encoder: record.location }
    : { embeddingsUrl: record.location };
  return await openEncoder({
    queryPrefix,
    passagePrefix,
    ...(record.type === "endpoint" ? { embeddingsModel: record.model } : {}),
    ...(settings
      ? {
        pooling: settings.pooling as "mean" | "cls",
        maxTokens: settings.maxTokens as number,
      }
      : {}),
    ...withoutUndefined(options),
    ...place,
  });
}

async function fromHub(name: string, options: OpenEncoderOptions): Promise<string> {
  if (options.cacheFolder === undefined) {
    throw new Error(`Cannot open an encoder: there is no folder ${name}`);
  }
  const { downloadEncoder } = await import("./download_encoder.ts");
  const { env } = await import("node:process");
  return await downloadEncoder(name, {
    cacheFolder: join(options.cacheFolder, "encoders"),
    hubUrl: env.HF_ENDPOINT,
    token: env.HF_TOKEN,
    signal: options.signal,
  });
}

function withoutUndefined(options: OpenEncoderOptions): OpenEncoderOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
