import assert from "node:assert/strict";
import { main } from "@potstill/cli/main.ts";

/** What a run of the command line prints on standard output. */
async function printed(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => void lines.push(values.join(" "));
  try {
    return { code: await main(args), text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

const { text } = await printed("--help");
const list = text.slice(text.indexOf("Commands:"));
const names = [...list.matchAll(/^ {2}([a-z][a-z-]*) {2,}\S/gm)].map((match) => match[1]);

Deno.test("the help text lists commands", () => {
  assert.ok(names.includes("notebook") && names.includes("lab"), text);
});

for (const name of names) {
  Deno.test(`potstill ${name} --help shows its usage and every option's meaning`, async () => {
    const { code, text } = await printed(name, "--help");
    assert.equal(code, 0);
    assert.match(text, new RegExp(`^Usage: deno task potstill ${name}\\b`, "m"));
    assert.match(text, /^ {2}-h, --help +Show this text\.$/m);
  });
}
