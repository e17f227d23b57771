import { storedPaper } from "@potstill/experiments/paper/stored_paper.ts";
import { allFindings, findingJson } from "@potstill/experiments/findings/all_findings.ts";
const input = await storedPaper();
const text = JSON.stringify(allFindings(input).map(findingJson));
console.log(
  text.length,
  Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))))
    .slice(0, 6).join(" "),
  input.cells.length,
);
console.log(allFindings(input).map((f) => f.id + ":" + f.verdict).join(" | "));
