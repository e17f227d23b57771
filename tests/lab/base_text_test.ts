import assert from "node:assert/strict";
import { createInterpreter } from "../../lib/interpreter/pyodide/create_interpreter.ts";
import { labBaseTexts } from "../../lib/lab/base_text/lab_base_texts.ts";
import { labBenchmarks, loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import { cityKey } from "../../lib/lab/factual/entity_pool.ts";
import { splitOf } from "../../lib/lab/question_family.ts";
import { loadWorld } from "../../lib/lab/world/load_world.ts";

const world = loadWorld();
const texts = [...labBaseTexts(world, { count: 3000, seed: 0 })];

Deno.test("base texts follow from the seed, and a longer list begins with the shorter one", () => {
  assert.deepEqual([...labBaseTexts(world, { count: 20, seed: 0 })], texts.slice(0, 20));
  assert.notDeepEqual([...labBaseTexts(world, { count: 20, seed: 1 })], texts.slice(0, 20));
});

Deno.test("no city and no question of the test split is told", () => {
  const told = new Set(
    texts.flatMap((text) => [...text.matchAll(/(?:^|\n\n)([^\n:]+)\n/g)].map((match) => match[1])),
  );
  const onlyTest = world.cities.filter((city) =>
    world.citiesNamed(city.name).every((same) => splitOf(cityKey(same)) === "test")
  );
  assert.ok(told.size > 500 && onlyTest.length > 1000);
  for (const city of onlyTest) assert.ok(!told.has(city.name), city.name);
  for (const { name } of labBenchmarks) {
    for (const { question } of loadLabBenchmark(name, { split: "test", count: 200, seed: 0 })) {
      assert.ok(!texts.some((text) => text.includes(question)), question);
    }
  }
});

Deno.test("no text has the form of an agent's turn", () => {
  for (const text of texts) assert.doesNotMatch(text, /Thought:|Code:|final_answer|web_search/);
});

Deno.test("the programs after questions and problems print the answer that follows", async () => {
  const solved = texts.filter((text) => /\nprint\(/.test(text) && !text.startsWith("values = "));
  assert.ok(solved.some((text) => text.includes("values.get")));
  assert.ok(solved.length > 250, `${solved.length}`);
  const interpreter = await createInterpreter({ processes: 1 });
  try {
    for (const text of solved.slice(0, 100)) {
      const [program, answer] = text.split("\n\n").slice(-2);
      const session = await interpreter.open([]);
      const { logs } = await session.run(program);
      // A country may be printed with its article, as passages write it.
      assert.equal(logs.trim().replace(/^the /, ""), answer, text);
      await session.close();
    }
  } finally {
    await interpreter.close();
  }
});

Deno.test("programs print what they say", () => {
  const programs = texts.filter((text) => text.startsWith("values = "));
  assert.ok(programs.length > 100, `${programs.length}`);
  for (const program of programs) {
    const [code, output] = program.split("\n\n");
    const values = JSON.parse(code.slice("values = ".length, code.indexOf("}") + 1));
    const asked = /values\["(.*)"\]/.exec(code);
    if (asked) assert.equal(output, String(values[asked[1]]));
    if (code.includes("max(")) {
      assert.equal(values[output], Math.max(...Object.values<number>(values)));
    }
  }
});
