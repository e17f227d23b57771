import assert from "node:assert/strict";
import { join } from "node:path";
import { runEvaluate } from "@potstill/cli/evaluate.ts";
import { evaluateSystem } from "@potstill/evaluation/evaluate_system.ts";
import { FaultServer, type ServedRequest } from "../models/fault_server.ts";
import { loggedProgress } from "../logged_progress.ts";

type Intercept = (request: ServedRequest) => Response | null;

const refuse = (message: string) => () => Response.json({ error: { message } }, { status: 400 });

async function withServer(
  intercept: Intercept,
  reply: () => string,
  body: (baseUrl: string, out: string) => Promise<void>,
): Promise<void> {
  const out = await Deno.makeTempDir({ prefix: "potstill-" });
  const server = new FaultServer({ reply, intercept });
  try {
    await body(server.baseUrl, join(out, "run"));
  } finally {
    await server.close();
    await Deno.remove(out, { recursive: true });
  }
}

async function evaluated(intercept: Intercept, reply = () => "no idea") {
  const logged: string[] = [];
  let result: Awaited<ReturnType<typeof evaluateSystem>> | undefined;
  await withServer(intercept, reply, async (baseUrl, out) => {
    result = await evaluateSystem({
      benchmark: "lab-gsm-hard",
      limit: 3,
      system: "cot",
      model: "m",
      acceptRefusals: true,
      teacher: { baseUrl, probe: false },
      out,
      store: join(out, "steps"),
      progress: loggedProgress(logged),
    });
  });
  return { ...result!, text: logged.join("\n") };
}

for (const message of ["System role not supported", "bad template", "top_p must be 1"]) {
  Deno.test(`an evaluation in which every request is refused measured nothing: ${message}`, async () => {
    const { status, problem, rows, text, warnings } = await evaluated(refuse(message));
    assert.equal(status, "complete");
    assert.match(problem!, new RegExp(`answered no attempt: .*${message} \\(3 attempts\\)`));
    assert.match(text, /Note: 3 of 3 attempts came to no answer and are not right\. Commonest: /);
    assert.equal(warnings.length, 1);
    assert.deepEqual(rows.map(({ verdict }) => verdict), ["wrong", "wrong", "wrong"]);
  });
}

Deno.test("attempts that the model itself fails at are a result, and are told", async () => {
  let count = 0;
  const some = await evaluated(() => count++ === 0 ? refuse("no")() : null, () => "#### 1");
  assert.equal(some.problem, null);
  assert.match(
    some.text,
    /Note: 1 of 3 attempts came to no answer.*Commonest: .*no \(1 attempts\)/,
  );
  const long = await evaluated(refuse("maximum context length is 10 tokens"));
  assert.equal(long.problem, null, "a model that cannot read the question is wrong");
  assert.match(long.text, /outgrew the model's context/);
  const whole = await evaluated(() => null, () => "The answer is \\boxed{1}.");
  assert.deepEqual([whole.problem, whole.warnings], [null, []]);
});

Deno.test("the command ends with an error when nothing was measured", async () => {
  await withServer(refuse("System role not supported"), () => "", async (baseUrl, out) => {
    const code = await runEvaluate([
      "--benchmark",
      "lab-gsm-hard",
      "--limit",
      "3",
      "--system",
      "cot",
      "--model",
      "m",
      "--base-url",
      baseUrl,
      "--out",
      out,
      "--store",
      join(out, "steps"),
      "--accept-refusals",
    ]);
    assert.equal(code, 1);
  });
});
