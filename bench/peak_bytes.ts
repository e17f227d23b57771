/**
 * The most memory that a process has held, in bytes. Where Linux is not, what this process holds now;
 * 0 for a process that has ended.
 *
 * @param pid of the process. @default this one
 */
export function peakBytes(pid: number | "self" = "self"): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]);
  } catch {
    return pid === "self" ? Deno.memoryUsage().rss : 0;
  }
}
