import { readdirSync, readFileSync } from "node:fs";

/** Processor time and memory of a process and of all that it started. */
export interface TreeUse {
  /** Processor time so far, that of children that have ended included, in milliseconds. */
  readonly cpuMs: number;
  /** Memory that they hold now, in bytes; pages that several share count for each. */
  readonly residentBytes: number;
}

/** Where `/proc/PID/stat` has these after the name: clock ticks (100 a second), pages of 4,096 bytes. */
const PARENT = 1, TIMES = [11, 12, 13, 14], RSS = 21;

/** The use of a process and of its descendants; zeros where Linux is not. */
export function treeUse(root: number): TreeUse {
  const stats = new Map<number, readonly string[]>();
  for (const name of names()) {
    const stat = /^\d+$/.test(name) ? read(name) : null;
    if (stat !== null) stats.set(Number(name), stat);
  }
  const isOfTree = (pid: number): boolean => {
    const stat = stats.get(pid);
    return pid === root || (stat !== undefined && isOfTree(Number(stat[PARENT])));
  };
  let cpuMs = 0;
  let residentBytes = 0;
  for (const [pid, stat] of stats) {
    if (!isOfTree(pid)) continue;
    cpuMs += TIMES.reduce((sum, at) => sum + 10 * Number(stat[at]), 0);
    residentBytes += 4096 * Number(stat[RSS]);
  }
  return { cpuMs, residentBytes };
}

function names(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

function read(pid: string): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null; // it has ended
  }
}
