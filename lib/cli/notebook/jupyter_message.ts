import { createHmac, timingSafeEqual } from "node:crypto";

/** Identifies a message and its sender. */
export interface JupyterHeader {
  /** Unique id of the message. */
  readonly msg_id: string;
  /** Id of the sender's session. */
  readonly session: string;
  /** Name of the sender, for information only. */
  readonly username: string;
  /** ISO 8601. */
  readonly date: string;
  /** Such as `execute_request` or `stream`. */
  readonly msg_type: string;
  /** Of the protocol. */
  readonly version: string;
}

/** A message between a kernel and its client. */
export interface JupyterMessage {
  /** Of the message itself. */
  readonly header: JupyterHeader;
  /** Header of the request that caused the message; empty in a request. */
  readonly parent: Partial<JupyterHeader>;
  /** Content of the message; its fields depend on the type. */
  readonly content: Readonly<Record<string, unknown>>;
}

const DELIMITER = "<IDS|MSG>";
const PROTOCOL_VERSION = "5.3";

/** A new request with its own id. */
export function jupyterRequest(
  type: string,
  session: string,
  content: Readonly<Record<string, unknown>>,
): JupyterMessage {
  return {
    header: {
      msg_id: crypto.randomUUID(),
      session,
      username: "potstill",
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    },
    parent: {},
    content,
  };
}

/**
 * The frames of a message, signed with HMAC-SHA256.
 *
 * @param message what to send
 * @param key the key of the connection file
 * @source https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 *
 * @example
 * ```ts
 * import {
 *   decodeMessage,
 *   encodeMessage,
 *   jupyterRequest,
 * } from "@potstill/cli/notebook/jupyter_message.ts";
 * const frames = encodeMessage(jupyterRequest("kernel_info_request", "s", {}), "key");
 * const bytes = frames.map((frame) => new TextEncoder().encode(frame));
 * const message = decodeMessage(bytes, "key");
 * if (message.header.msg_type !== "kernel_info_request") throw new Error("wrong message");
 * ```
 */
export function encodeMessage(message: JupyterMessage, key: string): string[] {
  const parts = [message.header, message.parent, {}, message.content].map((part) =>
    JSON.stringify(part)
  );
  return [DELIMITER, sign(parts, key).toString("hex"), ...parts];
}

/**
 * Reads the frames of a message; identities before the delimiter and buffers after the content are
 * left out.
 *
 * @throws {Error} when the frames are no message or are not signed with `key`
 */
export function decodeMessage(frames: readonly Uint8Array[], key: string): JupyterMessage {
  const texts = frames.map((frame) => new TextDecoder().decode(frame));
  const start = texts.indexOf(DELIMITER) + 1;
  if (start === 0 || texts.length < start + 5) {
    throw new Error("Cannot read a kernel message: frames are missing");
  }
  const [signature, ...parts] = texts.slice(start, start + 5);
  const expected = sign(parts, key);
  const given = new Uint8Array(signature.match(/../g)?.map((hex) => parseInt(hex, 16)) ?? []);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error("Cannot read a kernel message: its signature is wrong");
  }
  return {
    header: JSON.parse(parts[0]),
    parent: JSON.parse(parts[1]),
    content: JSON.parse(parts[3]),
  };
}

function sign(parts: readonly string[], key: string) {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
