/** Plays an interpreter process that sends one bad frame, of the kind that its argument names. */
import { encodeFrame, type Frame } from "@potstill/agent";

async function readFirst(): Promise<Frame> {
  let bytes = new Uint8Array(0);
  for await (const chunk of Deno.stdin.readable) {
    bytes = new Uint8Array([...bytes, ...chunk]);
    const view = new DataView(bytes.buffer);
    const size = bytes.length >= 8 ? view.getUint32(0, true) : Infinity;
    if (bytes.length >= 8 + size) {
      return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
    }
  }
  throw new Error("no frame came");
}

const { id } = await readFirst();
const good = { id, seq: 0, type: "result", outcome: "done" };
const body = new TextEncoder().encode("{}");
const forged: Record<string, () => Uint8Array> = {
  "wrong-id": () => encodeFrame({ ...good, id: crypto.randomUUID() }, body),
  "wrong-seq": () => encodeFrame({ ...good, seq: 1 }, body),
  "early-ready": () => encodeFrame({ ...good, type: "ready" }),
  "malformed": () => Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 123, 123, 255, 0),
  "oversized": () => Uint8Array.of(0, 0, 0, 64, 0, 0, 0, 64, 1, 2, 3),
  "cut-short": () => encodeFrame(good, body).subarray(0, 30),
};
let bytes = forged[Deno.args[0]]();
while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
