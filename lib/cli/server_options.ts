import { isLoopback } from "../http/request_guard.ts";
import type { OptionTable } from "../records/option_table.ts";
import { UsageError } from "./options.ts";

/** Options of commands that serve: where, and to whom. */
export const SERVER_OPTIONS = {
  host: {
    type: "string",
    default: "127.0.0.1",
    placeholder: "ADDRESS",
    description: "Address to listen on; 0.0.0.0 lets other machines in",
  },
  apiKeyEnv: {
    type: "string",
    placeholder: "NAME",
    defaultNote: "no key is needed",
    description: "Environment variable with a key that clients must send",
  },
  allowHost: {
    type: "string",
    multiple: true,
    placeholder: "NAME",
    description: "A name by which clients without a key may ask, besides addresses and localhost",
  },
} as const satisfies OptionTable;

/** Access rules of a server, from the options. */
export interface ServerAccess {
  /** The key that clients must send; null when none is asked for. */
  readonly apiKey: string | null;
  /** Names by which clients without a key may ask. */
  readonly allowedHosts: readonly string[];
}

/**
 * Reads who may ask, and warns where everyone may.
 *
 * @param warn is told of a server that other machines can use without a key
 * @throws {UsageError} when the key's variable is not set
 */
export function serverAccess(
  values: {
    readonly host: string;
    readonly apiKeyEnv?: string;
    readonly allowHost: readonly string[];
  },
  warn: (text: string) => void = (text) => console.error(text),
): ServerAccess {
  const { host, apiKeyEnv, allowHost } = values;
  const apiKey = apiKeyEnv === undefined ? null : keyFrom(apiKeyEnv);
  if (apiKey === null && !isLoopback(host.toLowerCase())) {
    warn(
      `WARNING: ${host} lets other machines in, and no key is asked for: everyone who can reach ` +
        "this port can use the server. Pass --api-key-env NAME, or --host 127.0.0.1",
    );
  }
  return { apiKey, allowedHosts: allowHost.map((name) => name.toLowerCase()) };
}

function keyFrom(name: string): string {
  const key = Deno.env.get(name);
  if (!key) {
    throw new UsageError(`Option --api-key-env: the environment variable ${name} is not set`);
  }
  return key;
}
