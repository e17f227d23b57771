/**
 * The messages between the owner and an interpreter process: 4 bytes header length, 4 bytes body
 * length (little-endian), a JSON header, a binary body.
 */
export interface Frame {
  /** The conversation's unguessable id. */
  readonly id: string;
  /** 0, 1, 2, ... in each direction. */
  readonly seq: number;
  /** Type of message. */
  readonly type: string;
  /** More fields, by type. */
  readonly [key: string]: unknown;
}

/** What a step may cost that is rather run again than its changes sent. */
export interface ReplayLimits {
  /** Longest time of Python, in milliseconds. */
  readonly ms: number;
  /** Most bytes of its tools' answers. */
  readonly replyBytes: number;
}

/** What a request to run a step says besides its code. */
export interface StepOptions {
  /** Longest time that it may take, without its tools' own, in milliseconds. */
  readonly timeoutMs: number;
  /** Of a candidate: when its changes are not sent. Null for another step. */
  readonly replay: ReplayLimits | null;
}

const encoder = new TextEncoder();

/** The bytes of a frame. */
export function encodeFrame(
  header: Frame,
  body: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + head.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length, true);
  view.setUint32(4, body.length, true);
  bytes.set(head, 8);
  bytes.set(body, 8 + head.length);
  return bytes;
}
