import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { loadLabBenchmark } from "@potstill/lab/benchmarks.ts";
import { openLabIndex } from "@potstill/lab/lab_index.ts";
import { loadWorld } from "@potstill/lab/world/load_world.ts";

const TOP = 3;

/** Of the hits and scores before full-text search had words of its own. */
const HITS = "2a73df814d609f334f7ebb4c80121434da4ff5a8cb009d1b61b244dc6409c7f5";

Deno.test("the lab's passages are found by natural queries", async (t) => {
  const index = await openLabIndex();
  const found = async (query: string) =>
    (await index.search(query, TOP)).map(({ passage }) => passage.id);
  try {
    await t.step("examples", async () => {
      for (
        const [query, id] of [
          ["Kutaisi", "city-613607"],
          ["Kutaisi city", "city-613607"],
          ["population of Kutaisi", "city-613607"],
          ["currency of Georgia", "country-GE-currency"],
          ["Georgia borders", "country-GE-borders"],
          ["What is the capital of Georgia?", "country-GE-capital"],
          ["calling code of the United States", "country-US-area"],
        ]
      ) assert.ok((await found(query)).includes(id), `${query}: ${await found(query)}`);
    });
    await t.step("every country by the expert's queries", async () => {
      const missed: string[] = [];
      let asked = 0;
      for (const country of loadWorld().countries) {
        for (
          const [words, topic, has] of [
            ["currency of", "currency", country.currencies.length === 1],
            ["language of", "currency", country.languages.length === 1],
            ["capital of", "capital", country.capitals.length === 1],
            ["region of", "capital", country.subregion !== null],
            ["borders of", "borders", country.borders.length === 1],
            ["area of", "area", country.areaKm2 !== null],
            ["calling code of", "area", country.callingCode !== null],
            ["top-level domain of", "area", country.topLevelDomain !== null],
          ] as const
        ) {
          if (!has) continue;
          asked++;
          const query = `${words} ${country.name}`;
          if (!(await found(query)).includes(`country-${country.code}-${topic}`)) {
            missed.push(query);
          }
        }
      }
      assert.ok(asked > 1500);
      assert.deepEqual(missed, []);
    });
    await t.step("cities that questions name", async () => {
      const tasks = loadLabBenchmark("lab-hotpotqa", { split: "test", count: 300, seed: "search" });
      const cities = new Map(loadWorld().cities.map((city) => [`city-${city.id}`, city.name]));
      const ids = tasks.flatMap(({ evidence }) => evidence ?? []).filter((id) => cities.has(id));
      assert.ok(ids.length > 250);
      const missed: string[] = [];
      for (const id of ids) {
        if (!(await found(cities.get(id)!)).includes(id)) missed.push(cities.get(id)!);
      }
      assert.ok(missed.length <= ids.length * 0.01, missed.join(", "));
    });
    await t.step("questions have the hits that stored students were made with", async () => {
      const hash = createHash("sha256");
      for (const name of ["lab-hotpotqa", "lab-2wiki", "lab-musique", "lab-bamboogle"]) {
        const tasks = loadLabBenchmark(name, { split: "test", count: 50, seed: "hits" });
        for (const { question } of tasks) {
          const hits = await index.search(question, 5);
          hash.update(JSON.stringify([
            question,
            hits.map((hit) => [
              hit.passage.id,
              hit.score.toFixed(2),
            ]),
          ]));
        }
      }
      assert.equal(hash.digest("hex"), HITS);
    });
  } finally {
    index.close();
  }
});
