import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical_json.ts";

/** SHA-256 of a text (as UTF-8) or of bytes, as 64 hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of a JSON value that does not depend on the order of its keys. */
export function sha256OfJson(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
