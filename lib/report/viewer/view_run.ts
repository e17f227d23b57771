import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { loadTrajectories } from "../../trajectories/load_trajectories.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { escapeHtml } from "../../display/escape_html.ts";
import type { MimeBundle } from "../../display/table.ts";
import { viewerHtml, type ViewerOptions } from "./viewer_html.ts";
import { readManifest } from "../../runs/read_manifest.ts";
import { readInputObject } from "../../runs/read_input.ts";

/** A run opened for viewing. */
export interface OpenedRun extends ViewerOptions {
  /** The run's trajectories. */
  readonly trajectories: readonly Trajectory[];
}

/**
 * Reads a run's trajectories with what the viewer's page says of it.
 *
 * @throws {Error} when the run holds none
 */
export async function openRunForViewing(path: string, paradigm?: Paradigm): Promise<OpenedRun> {
  const { trajectories, notes } = await loadTrajectories(path, paradigm);
  const [manifestPath, endpointPath] = [join(path, "manifest.json"), join(path, "endpoint.json")];
  const manifest = existsSync(manifestPath) ? await readManifest(manifestPath) : null;
  const endpoint = existsSync(endpointPath) ? await readInputObject(endpointPath) : null;
  const { benchmark, split, model } = manifest?.resolved ?? {};
  const about = [
    manifest && `${manifest.command}, ${manifest.startedAt.slice(0, 16).replace("T", " ")}`,
    typeof benchmark === "string" ? `${benchmark} (${split})` : null,
    typeof model === "string" ? model : null,
    ...notes,
  ];
  return {
    title: basename(resolve(path)),
    about: about.filter((part) => part !== null).join(" · "),
    prices: pricesOf(endpoint?.prices),
    trajectories,
  };
}

/** Prices as an endpoint's record has them; null where there are none. */
function pricesOf(value: unknown): ViewerOptions["prices"] {
  const { input, output } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof input === "number" && typeof output === "number" ? { input, output } : null;
}

/** A page that shows itself in a notebook and, as `String(...)`, tells in a terminal what it holds. */
export interface RunDisplay {
  /** The page, as HTML. */
  readonly html: string;
  /** A summary of the page, for a terminal. */
  toString(): string;
}

/**
 * The viewer's page as a display of a notebook: the same page, in a frame.
 *
 * @param run the folder of a run, or trajectories with a title
 * @param heightPx height of the frame. @default 720
 * @throws {Error} when the folder holds no trajectories
 * @example
 * ```ts
 * import { showRun } from "@potstill";
 * const display = await showRun({ title: "No run", trajectories: [] });
 * if (!String(display).includes("0 trajectories")) throw new Error(String(display));
 * ```
 */
export async function showRun(
  run: string | OpenedRun,
  heightPx: number = 720,
): Promise<RunDisplay> {
  const opened = typeof run === "string" ? await openRunForViewing(run) : run;
  const { trajectories, title } = opened;
  const html = await viewerHtml(trajectories, opened);
  const correct = trajectories.filter((trajectory) => trajectory.correct === true).length;
  const text = `${title}: ${trajectories.length} trajectories, ${correct} correct`;
  const display = {
    html,
    toString: () => text,
    [Symbol.for("Jupyter.display")]: (): MimeBundle => ({
      "text/plain": text,
      "text/html": `<iframe title="${escapeHtml(title)}" sandbox="allow-scripts" ` +
        `style="width:100%;height:${heightPx}px;border:1px solid #8884;border-radius:8px" ` +
        `srcdoc="${escapeHtml(html)}"></iframe>`,
    }),
  };
  return display;
}
