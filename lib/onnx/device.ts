import type { ExecutionProvider } from "./execution_provider.ts";

/** Hardware that a user may choose. */
export const DEVICES = ["auto", "cpu", "webgpu", "cuda"] as const;

/** One of {@link DEVICES}. */
export type Device = typeof DEVICES[number];

/** The option that {@link deviceOption} makes. */
export interface DeviceOption {
  /** A word. */
  readonly type: "string";
  /** The devices. */
  readonly choices: typeof DEVICES;
  /** The processor. */
  readonly default: "auto";
  /** What is computed on it. */
  readonly description: string;
}

/**
 * The option that says on what hardware something is computed.
 *
 * @param what the work, such as "trains"
 */
export function deviceOption(what: string): DeviceOption {
  return {
    type: "string",
    choices: DEVICES,
    default: "auto",
    description: `Hardware that ${what}: auto is the processor, webgpu a GPU through Vulkan, ` +
      "Metal or Direct3D, cuda an Nvidia GPU",
  };
}

/**
 * onnxruntime's execution provider for a device. `auto` is the processor: no measurement has shown the
 * GPU of a laptop to be faster for students of the lab's sizes (`deno task bench devices` measures it).
 *
 * @throws {RangeError} when there is no such device
 *
 * @example
 * ```ts
 * import { providerOf } from "@potstill/onnx/device.ts";
 * if (providerOf("auto") !== "cpu" || providerOf("webgpu") !== "webgpu") throw new Error("other");
 * ```
 */
export function providerOf(device: Device): ExecutionProvider {
  if (!DEVICES.includes(device)) {
    throw new RangeError(
      `Cannot compute on the device ${JSON.stringify(device)}: there are ${DEVICES.join(", ")}`,
    );
  }
  return device === "auto" ? "cpu" : device;
}
