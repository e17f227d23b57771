import { flagName } from "../records/option_table.ts";
import type { Manifest } from "./manifest.ts";

/** The command that makes a run again, as one types it. */
export function commandLine(manifest: Pick<Manifest, "command" | "given">): string {
  const parts = [`deno task potstill ${manifest.command}`];
  for (const [name, value] of Object.entries(manifest.given)) {
    if (value === true) parts.push(flagName(name));
    else if (value === false) parts.push(flagName(`no-${name}`));
    else parts.push(`${flagName(name)} ${value}`);
  }
  return parts.join(" ");
}
