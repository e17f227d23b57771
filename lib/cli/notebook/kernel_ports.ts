/** The address at which kernel and client meet: this machine only. */
export const KERNEL_HOST = "127.0.0.1";

/** The ports of a kernel, named as in its connection file. */
export interface KernelPorts {
  /** Requests to run code. */
  readonly shell_port: number;
  /** Outputs and the kernel's state. */
  readonly iopub_port: number;
  /** Questions to the user. */
  readonly stdin_port: number;
  /** Requests that do not wait for running code. */
  readonly control_port: number;
  /** Signs of life. */
  readonly hb_port: number;
}

/**
 * Five ports that nobody listens on at present.
 *
 * @example
 * ```ts
 * import { freeKernelPorts } from "@potstill/cli/notebook/kernel_ports.ts";
 * if (new Set(Object.values(freeKernelPorts())).size !== 5) throw new Error("not five");
 * ```
 */
export function freeKernelPorts(): KernelPorts {
  const listeners = Array.from(
    { length: 5 },
    () => Deno.listen({ hostname: KERNEL_HOST, port: 0 }),
  );
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = listeners.map((listener) =>
    (listener.addr as Deno.NetAddr).port
  );
  for (const listener of listeners) listener.close();
  return { shell_port, iopub_port, stdin_port, control_port, hb_port };
}
