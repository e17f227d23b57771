import { deviceOption } from "../onnx/device.ts";
import type { OpenEncoderOptions } from "../retrieval/encoder/open_encoder.ts";
import type { OptionTable, OptionValues } from "../records/option_table.ts";
import { UsageError } from "./options.ts";

/** Options of the commands that use an encoder. */
export const ENCODER_OPTIONS = {
  encoder: {
    type: "string",
    placeholder: "FOLDER",
    description:
      "Folder of an encoder (E5, BGE, MiniLM ...: ONNX or safetensors), or its name on the hub",
  },
  embeddingsUrl: {
    type: "string",
    placeholder: "URL",
    description: "OpenAI-compatible embeddings endpoint, up to and without /embeddings",
  },
  embeddingsModel: {
    type: "string",
    placeholder: "NAME",
    description: "The model's name at the endpoint",
  },
  apiKeyEnv: {
    type: "string",
    placeholder: "NAME",
    defaultNote: "no key is sent",
    description: "Environment variable with the endpoint's key",
  },
  queryPrefix: {
    type: "string",
    defaultNote: "as the encoder's folder says, or its card if it is known",
    description: "Put before queries",
  },
  passagePrefix: {
    type: "string",
    defaultNote: "as the encoder's folder says, or its card if it is known",
    description: "Put before passages",
  },
  pooling: {
    type: "string",
    choices: ["mean", "cls"],
    defaultNote: "as the encoder's folder says",
    description: "Pooling of token vectors",
  },
  maxTokens: {
    type: "integer",
    min: 3,
    defaultNote: "as the encoder's folder says",
    description: "Tokens kept of a text",
  },
  threads: {
    type: "integer",
    min: 1,
    defaultNote: "the machine's",
    description: "Threads of a local encoder",
  },
  device: {
    ...deviceOption("runs a local encoder"),
    default: undefined,
    defaultNote: "auto",
  },
} as const satisfies OptionTable;

/**
 * The encoder that a command's options name.
 *
 * @throws {UsageError} when they do not fit together
 */
export function encoderOptions(
  values: OptionValues<typeof ENCODER_OPTIONS>,
): OpenEncoderOptions {
  const { apiKeyEnv, ...options } = values;
  if (options.encoder !== undefined && options.embeddingsUrl !== undefined) {
    throw new UsageError("Pass --encoder or --embeddings-url, not both");
  }
  if (options.embeddingsUrl !== undefined && options.embeddingsModel === undefined) {
    throw new UsageError("Option --embeddings-url needs --embeddings-model");
  }
  if (options.device !== undefined && options.embeddingsUrl !== undefined) {
    throw new UsageError(
      "Option --device is for a local encoder: an endpoint computes on its own hardware",
    );
  }
  const apiKey = apiKeyEnv === undefined ? null : Deno.env.get(apiKeyEnv);
  if (apiKey === undefined || apiKey === "") {
    throw new UsageError(`Option --api-key-env: the environment variable ${apiKeyEnv} is not set`);
  }
  return { ...options, apiKey };
}
