import { readdirSync, readFileSync } from "node:fs";

/** A process that this one started. */
export interface ChildProcess {
  /** Its id. */
  readonly pid: number;
  /** Memory that it holds, in bytes. */
  readonly residentBytes: number;
}

/** Where `/proc/PID/stat` has these after the name, in clock ticks (100 a second) and pages. */
const STATE = 0, PARENT = 1, USER = 11, SYSTEM = 12, CHILD_USER = 13, CHILD_SYSTEM = 14, RSS = 21;

/** Processor time of a process, and of its children that have ended; Linux only, 0 elsewhere. */
export function cpuMs(pid: number | "self"): { readonly own: number; readonly children: number } {
  const stat = readStat(pid);
  if (stat === null) return { own: 0, children: 0 };
  const ms = (...at: number[]) => at.reduce((sum, i) => sum + 10 * Number(stat[i]), 0);
  return { own: ms(USER, SYSTEM), children: ms(CHILD_USER, CHILD_SYSTEM) };
}

/** The processes that this one started and that run; Linux only, none elsewhere. */
export function childProcesses(): ChildProcess[] {
  const found: ChildProcess[] = [];
  for (const name of list("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat === null || Number(stat[PARENT]) !== Deno.pid || stat[STATE] === "Z") continue;
    found.push({ pid: Number(name), residentBytes: 4096 * Number(stat[RSS]) });
  }
  return found;
}

function readStat(pid: number | "self"): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null; // it has ended, or this is not Linux
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
