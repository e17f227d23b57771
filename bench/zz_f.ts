import {
  allFindings,
  compareSystems,
  findingsTable,
  mainTable,
  storedRealPaper,
  summarize,
} from "@potstill";
import { pairedTable } from "@potstill/experiments";
const p = await storedRealPaper(Deno.args[0]);
console.log(findingsTable(allFindings(p)).toMarkdown());
for (const f of allFindings(p)) {
  if (["F4", "F6", "F3", "F5"].includes(f.id)) console.log(f.table.toMarkdown());
}
const rows = p.cells.flatMap((c) => c.rows);
console.log(mainTable(summarize(rows)).toMarkdown());
const has = (s: string) => rows.some((r) => r.system === s);
const pairs = [["agent student", "CoT student"], ["agent student", "base model CoT"], [
  "CoT student",
  "base model CoT",
]].filter((p) => p.every(has));
console.log(pairedTable(pairs.map(([a, b]) => compareSystems(rows, a, b))).toMarkdown());
