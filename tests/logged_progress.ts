import { Progress } from "@potstill/runs/progress/progress.ts";
import { silentSink } from "@potstill/runs/progress/sinks.ts";

/** Progress that shows nothing and keeps its log lines. @param onLog called after each */
export function loggedProgress(log: string[], onLog?: () => void): Progress {
  return new Progress({
    ...silentSink(),
    log: (text) => {
      log.push(text);
      onLog?.();
    },
  });
}
