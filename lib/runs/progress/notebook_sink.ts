import type { ProgressSink } from "./progress.ts";
import type { ProgressState } from "./progress_line.ts";
import { volatileMetadata } from "./volatile_metadata.ts";

/** Sends a message to the notebook's front end, as `Deno.jupyter.broadcast` does. */
export type Broadcast = (
  type: string,
  content: Record<string, unknown>,
) => Promise<void>;

/**
 * Shows the progress of each stage in a display of its own, updated in place.
 *
 * @param broadcast sends the displays
 *
 * @example
 * ```ts
 * import { notebookSink } from "@potstill/runs/progress/notebook_sink.ts";
 * import { Progress } from "@potstill/runs/progress/progress.ts";
 * const types: string[] = [];
 * const progress = new Progress(notebookSink((type) => {
 *   types.push(type);
 *   return Promise.resolve();
 * }));
 * progress.stage("train", 10).done();
 * await Promise.resolve();
 * if (types[0] !== "display_data") throw new Error("nothing displayed");
 * ```
 */
export function notebookSink(broadcast: Broadcast): ProgressSink {
  let sent: Promise<void> = Promise.resolve();
  /** The displays of running stages, by name: several may run side by side. */
  const displays = new Map<string, string>();
  const display = (line: string, state: ProgressState) => {
    const known = displays.get(state.name);
    const type = known === undefined ? "display_data" : "update_display_data";
    const displayId = known ?? crypto.randomUUID();
    displays.set(state.name, displayId);
    const content = {
      data: { "text/plain": line, "text/html": progressHtml(line, state) },
      metadata: volatileMetadata(),
      transient: { display_id: displayId },
    };
    // In order; a front end that is gone is no reason to stop.
    sent = sent.then(() => broadcast(type, content)).catch(() => {});
  };
  return {
    width: 120,
    firstAfterMs: 250,
    intervalMs: () => 250,
    show: display,
    finish: (line, state) => {
      display(line, state);
      displays.delete(state.name);
    },
    log: (text) => console.log(text),
  };
}

function progressHtml(line: string, state: ProgressState): string {
  const text = line.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;" })[char] ?? "&gt;");
  const bar = state.total === null || state.isDone
    ? ""
    : `<progress max="${state.total}" value="${Math.min(state.done, state.total)}"></progress> `;
  return `<div style="font-family: monospace">${bar}${text}</div>`;
}
