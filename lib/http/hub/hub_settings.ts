import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { getHFHubCachePath } from "@huggingface/hub";

/** Where the hub is, and how it is asked. */
export interface HubSettings {
  /** Address of the hub. @default HF_ENDPOINT, else https://huggingface.co */
  readonly endpoint: string;
  /** Folder of the cache. @default HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub */
  readonly cache: string;
  /** Key of an account. @default HF_TOKEN, else the file HF_TOKEN_PATH or HF_HOME/token */
  readonly token?: string;
  /** True if nothing may be asked of the hub. @default HF_HUB_OFFLINE */
  readonly offline: boolean;
}

/**
 * The settings that the environment gives, by the names of `huggingface_hub`.
 *
 * @source https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 *
 * @example
 * ```ts
 * import { hubSettings } from "@potstill/http/hub/hub_settings.ts";
 * const { cache } = hubSettings({ cache: "models" });
 * if (cache !== "models") throw new Error(cache);
 * ```
 */
export function hubSettings(given: Partial<HubSettings> = {}): HubSettings {
  const token = given.token ?? tokenOfEnvironment();
  return {
    endpoint: (given.endpoint ?? (env.HF_ENDPOINT || "https://huggingface.co")).replace(/\/+$/, ""),
    cache: given.cache ?? getHFHubCachePath(),
    ...(token === undefined ? {} : { token }),
    offline: given.offline ?? isTrue(env.HF_HUB_OFFLINE),
  };
}

function isTrue(value: string | undefined): boolean {
  return ["1", "on", "yes", "true"].includes((value ?? "").toLowerCase());
}

function tokenOfEnvironment(): string | undefined {
  const given = env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN;
  if (given) return given.trim();
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const cache = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const path = env.HF_TOKEN_PATH || join(env.HF_HOME || join(cache, "huggingface"), "token");
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
