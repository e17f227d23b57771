import { Progress } from "@potstill/progress/progress.ts";
import { silentSink } from "@potstill/progress/sinks.ts";

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
