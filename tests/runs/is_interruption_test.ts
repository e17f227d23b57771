import assert from "node:assert/strict";
import { withResumableStop } from "../../lib/cli/with_soft_stop.ts";
import { errorText } from "../../lib/cli/run_command.ts";
import { isInterruption } from "../../lib/runs/is_interruption.ts";

const stop = new AbortController();
stop.abort(new Error("interrupted"));
const full = new Error("No space left");

Deno.test("an interruption is told from what fails beside it", () => {
  const { signal } = stop;
  assert.ok(isInterruption(signal.reason, undefined, signal));
  assert.ok(isInterruption(new SuppressedError(full, signal.reason), signal));
  assert.ok(!isInterruption(full, signal));
  assert.ok(!isInterruption(signal.reason, new AbortController().signal));
  const around = new Error("a", { cause: full });
  full.cause = around;
  assert.ok(!isInterruption(around, signal), "a circle of causes ends");
});

Deno.test("an error while closing does not hide the first one", () => {
  const both = new SuppressedError(new Error("Cannot close"), new Error("No space left"));
  assert.equal(errorText(both), "Error: No space left");
});

Deno.test({
  name: "after Ctrl-C an interruption is told how to go on, another error is thrown",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { error } = console;
    console.error = () => {};
    try {
      const interrupted = async (after: (signal: AbortSignal) => unknown) =>
        await withResumableStop(async ({ signal }) => {
          const heard = new Promise((resolve) => signal.addEventListener("abort", resolve));
          // The test runner hears SIGINT itself.
          Deno.kill(Deno.pid, "SIGTERM");
          // Listeners for signals alone do not keep a process alive.
          const timer = setTimeout(() => {}, 10_000);
          await heard;
          clearTimeout(timer);
          throw after(signal);
        });
      assert.equal(await interrupted((signal) => signal.reason), 130);
      await assert.rejects(interrupted(() => new Error("No space left")), /No space left/);
    } finally {
      console.error = error;
    }
  },
});
