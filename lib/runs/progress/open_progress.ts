import { Progress, type ProgressSink } from "./progress.ts";
import { plainSink, silentSink, terminalSink } from "./sinks.ts";
import { type Broadcast, notebookSink } from "./notebook_sink.ts";

/** Display of progress; `auto` chooses a notebook display, a terminal line or plain lines. */
export type ProgressMode = "auto" | "plain" | "silent";

/**
 * A progress reporter fit for where the program runs: a display in a notebook, one live line on a
 * terminal, now and then a line in a log file. In a terminal or log it writes to standard error.
 *
 * @example
 * ```ts
 * import { openProgress } from "@potstill";
 * const progress = openProgress("silent");
 * const stage = progress.stage("train", 100);
 * stage.update(50, "loss 1.25");
 * stage.done();
 * ```
 */
export function openProgress(mode: ProgressMode = "auto"): Progress {
  return new Progress(openSink(mode));
}

function openSink(mode: ProgressMode): ProgressSink {
  if (mode === "silent") return silentSink();
  const encoder = new TextEncoder();
  const write = (text: string) => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  };
  if (mode === "plain") return plainSink(write);
  const broadcast = notebookBroadcast();
  if (broadcast) return notebookSink(broadcast);
  return Deno.stderr.isTerminal() ? terminalSink(write, terminalWidth()) : plainSink(write);
}

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

/** The way to the front end, or null outside a notebook, where `Deno.jupyter` throws. */
function notebookBroadcast(): Broadcast | null {
  try {
    const { jupyter } = Deno as unknown as { jupyter: { broadcast: Broadcast } };
    return (type, content) => jupyter.broadcast(type, content);
  } catch {
    return null;
  }
}
