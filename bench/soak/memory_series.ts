/** What a process holds in memory now, in MB; 0 for one that has ended or where Linux is not. */
export function memoryOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024);
  } catch {
    return 0;
  }
}

/**
 * Whether a series of memory sizes does not grow: the median of its last third is at most 1.3 times
 * that of its second third, or 60 MB above. Its first third is warming up.
 */
export function isFlat(megabytes: readonly number[]): boolean {
  const third = Math.floor(megabytes.length / 3);
  if (third === 0) return true;
  const middle = median(megabytes.slice(third, 2 * third));
  const last = median(megabytes.slice(2 * third));
  return last <= Math.max(1.3 * middle, middle + 60);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
