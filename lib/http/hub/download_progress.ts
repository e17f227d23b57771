import type { Progress, ProgressStage } from "../../runs/progress/progress.ts";
import type { HubDownload } from "./hub_download.ts";

/** Shows each file of a download as a stage, in megabytes. */
export function downloadProgress(progress: Progress): NonNullable<HubDownload["onBytes"]> {
  let stage: ProgressStage | undefined;
  let shown = "";
  return (path, bytes, size) => {
    if (path !== shown) stage = progress.stage(`fetch ${path} (MB)`, toMb(size), toMb(bytes));
    shown = path;
    stage!.update(toMb(bytes));
    if (bytes === size) stage!.done();
  };
}

function toMb(bytes: number): number {
  return Math.max(1, Math.round(bytes / 1e6));
}
