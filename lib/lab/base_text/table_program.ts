import type { Random } from "../../records/random.ts";
import type { Passage } from "../../retrieval/retriever.ts";

/** A program over a table of names and numbers, and its output. */
export function tableProgram(passages: readonly Passage[], random: Random): string {
  const entries = passages.map(({ title }) => [title.split(":")[0], number(random)] as const);
  const table = new Map(entries);
  const literal = [...table].map(([name, value]) => `"${name}": ${value}`).join(", ");
  const [asked, value] = random.pick([...table]);
  const values = [...table.values()];
  const [code, output] = random.pick<readonly [string, string | number]>([
    [`print(values["${asked}"])`, value],
    ["for name in values:\n    print(name, values[name])", lines(table)],
    ["print(max(values, key=values.get))", extreme(table, Math.max(...values))],
    ["print(min(values, key=values.get))", extreme(table, Math.min(...values))],
    ["print(sorted(values.values()))", `[${values.sort((a, b) => a - b).join(", ")}]`],
    [`print("${asked}", ${value})`, `${asked} ${value}`],
  ]);
  return `values = {${literal}}\n${code}\n\n${output}`;
}

function number(random: Random): number {
  return random.integer(0, 10 ** random.integer(1, 7));
}

function lines(table: ReadonlyMap<string, number>): string {
  return [...table].map(([name, value]) => `${name} ${value}`).join("\n");
}

function extreme(table: ReadonlyMap<string, number>, wanted: number): string {
  return [...table].find(([, value]) => value === wanted)![0];
}
