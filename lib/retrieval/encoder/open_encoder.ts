import { existsSync } from "node:fs";
import type { HubOptions } from "../../http/hub/hub_repository.ts";
import type { Device } from "../../onnx/device.ts";
import type { Encoder, EncoderRecord } from "./encoder.ts";
import { hubEncoder, isHubEncoder } from "./hub_encoder.ts";

/** Address and settings of an encoder; missing settings are read from its folder. */
export interface OpenEncoderOptions {
  /** The folder of an encoder, or its name on the hub, such as `intfloat/e5-base-v2`. */
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
  /** Way of combining a local encoder's token vectors. */
  readonly pooling?: "mean" | "cls";
  /** Tokens that a local encoder keeps of a text. */
  readonly maxTokens?: number;
  /** Threads of a local encoder. */
  readonly threads?: number;
  /** Hardware that runs a local encoder. @default "auto" */
  readonly device?: Device;
  /** Where the hub is, and what is shown of a download. @default as the environment says */
  readonly hub?: HubOptions;
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
    if (options.device !== undefined) {
      throw new Error(
        `Cannot open an encoder on the device ${options.device}: ${embeddingsUrl} computes on its ` +
          "own hardware",
      );
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
  const { pooling, maxTokens, threads, device } = options;
  const isOnHub = !existsSync(encoder!) && isHubEncoder(encoder!);
  const place = isOnHub
    ? await hubEncoder(encoder!, { ...options.hub, signal: options.signal })
    : null;
  return await loadOnnxEncoder(place?.path ?? encoder!, {
    model: place?.name,
    queryPrefix,
    passagePrefix,
    pooling,
    maxTokens,
    threads,
    device,
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

function withoutUndefined(options: OpenEncoderOptions): OpenEncoderOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
