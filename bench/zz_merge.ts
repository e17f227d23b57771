import { storedRealPaper, mainTable, summarize, compareSystems, findingOf } from "@potstill";
import { pairedTable } from "@potstill/experiments";
import { errorTable } from "@potstill/report/error_table.ts";
import { codeErrorTable } from "@potstill/report/code_error_table.ts";
import { calibration } from "@potstill/evaluation/calibration.ts";
import { sweepFrame } from "@potstill/experiments/sweep/sweep_frame.ts";
const [from, to] = Deno.args;
const old = await storedRealPaper();
const neu = await storedRealPaper(from);
const [cell] = neu.cells;
const key = (r: any) => `${r.benchmark}/${r.taskId}`;
const wanted = new Set(cell.rows.map(key));
const others = old.cells.flatMap((c) => c.rows).filter((r) => wanted.has(key(r)) && r.systemId !== "base-cot" && r.system !== "base model CoT")
  .map((r) => ({ ...r, runId: cell.rows[0].runId, ...(r.system === "agent student" ? { system: "agent student, fixed thoughts", systemId: "agent-student-fixed-thoughts" } : {}) }));
const merged = { ...cell, rows: [...others, ...cell.rows] };
await Deno.writeFile(to, sweepFrame({ cells: [merged as any] }).writeParquet({ compression: "zstd" }) as any);
const input = await storedRealPaper(to);
const rows = input.cells.flatMap((c) => c.rows);
const systems = [...new Set(rows.map((r) => r.system))];
console.log(systems, rows.length);
console.log(mainTable(summarize(rows)).toMarkdown());
const pairs = [["agent student", "agent student, fixed thoughts"], ["agent student", "CoT student"], ["agent student, sag 4", "agent student"], ["agent student, sag 4", "CoT student"]].filter((p) => p.every((s) => systems.includes(s)));
console.log(pairedTable(pairs.map(([a, b]) => compareSystems(rows, a, b))).toMarkdown());
console.log(errorTable(rows, systems).toMarkdown());
for (const id of ["F3", "F5", "F6"]) console.log(findingOf(id, input).table.toMarkdown());
for (const s of systems) { const c = calibration(rows.filter((r) => r.system === s)); if (c.n) console.log(s, JSON.stringify(c, null, 1)); }
