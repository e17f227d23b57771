import assert from "node:assert/strict";
import { Lane } from "@potstill/runs/lane.ts";

Deno.test("a lane's works follow each other, also after one that fails", async () => {
  const lane = new Lane();
  const seen: string[] = [];
  const failing = lane.run(async () => {
    seen.push("first begins");
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push("first fails");
    throw new Error("no");
  });
  const second = lane.run(() => {
    seen.push("second");
    return Promise.resolve(2);
  });
  await assert.rejects(failing, /no/);
  assert.equal(await second, 2);
  assert.deepEqual(seen, ["first begins", "first fails", "second"]);
});
