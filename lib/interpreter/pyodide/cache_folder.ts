import { join } from "node:path";

/** Potstill's folder in the user's cache, or null where there is none. */
export function userCacheFolder(): string | null {
  const { os, env } = { os: Deno.build.os, env: (name: string) => Deno.env.get(name) };
  const home = env("HOME");
  if (env("XDG_CACHE_HOME")) return join(env("XDG_CACHE_HOME")!, "potstill");
  if (os === "windows") return env("LOCALAPPDATA") ? join(env("LOCALAPPDATA")!, "potstill") : null;
  if (!home) return null;
  return os === "darwin"
    ? join(home, "Library", "Caches", "potstill")
    : join(home, ".cache", "potstill");
}
