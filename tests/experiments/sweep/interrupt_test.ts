import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createLabExpert } from "@potstill/lab/expert/lab_expert.ts";
import type { ChatModel } from "@potstill/models/chat_model.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { sleep } from "@potstill/runs/sleep.ts";
import { withFolder } from "../../generation/setup.ts";

const MAIN = new URL("../../../lib/cli/main.ts", import.meta.url).pathname;

/** The lab's expert, who takes a while; counts what it was asked and what it answered. */
function slowExpert(delayMs: number) {
  const expert = createLabExpert();
  const counts = { asked: 0, answered: 0 };
  const first = Promise.withResolvers<void>();
  const released = new AbortController();
  const model: ChatModel = {
    // Of its own: answers of one name are kept in the project's cache, and asked for once.
    name: `slow-expert-${crypto.randomUUID()}`,
    prefixContinuation: "native",
    complete: async (request) => {
      counts.asked++;
      // The first ones find out what the endpoint can do.
      if (counts.asked > 8) {
        first.resolve();
        await sleep(delayMs, released.signal).catch(() => {});
      }
      const response = await expert.complete(request);
      counts.answered++;
      return response;
    },
  };
  return { model, counts, first: first.promise, release: () => released.abort() };
}

const STOPPING = "Stopping when the requests under way are stored";

/** Interrupts a command once or twice while its teacher is asked. */
async function interrupted(args: readonly string[], times: number, delayMs: number) {
  const { model, counts, first, release } = slowExpert(delayMs);
  const server = serveModels([{ id: model.name, model }], { port: 0 });
  const teacher = ["--set", `teacher=${server.baseUrl}`, "--set", `teacherModel=${model.name}`];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args, ...teacher],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stopping = Promise.withResolvers<void>();
  let log = "";
  const logged = process.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        log += text;
        if (log.includes(STOPPING)) stopping.resolve();
      },
    }),
  );
  const ended = await Promise.race([first, process.status]);
  assert.equal(ended, undefined, `it ended before its teacher was asked ${counts.asked}: ${log}`);
  process.kill("SIGINT");
  // Two signals that come before the first one is handled are one.
  await Promise.race([stopping.promise, process.status]);
  if (times > 1) process.kill("SIGINT");
  const { code } = await process.status;
  await logged;
  const unanswered = counts.asked - counts.answered;
  release();
  await server.close();
  return { code, log, unanswered };
}

const SETTINGS = ["train=lab-math:20", "test=lab-math:2", "search=none"]
  .flatMap((setting) => ["--set", setting]);

Deno.test("Ctrl-C ends a sweep when the requests under way are stored", () =>
  withFolder(async (folder) => {
    const out = join(folder, "sweep");
    const args = ["sweep", "--over", "candidates=2", ...SETTINGS, "--out", out];
    const { code, log, unanswered } = await interrupted(args, 1, 400);
    assert.equal(code, 130, log);
    assert.ok(log.includes(STOPPING), log);
    assert.match(log, /Interrupted: the same command with --resume goes on/);
    assert.equal(unanswered, 0, log);
    const cell = join(out, "cells", "candidates-2");
    assert.ok(!existsSync(join(cell, "metrics.json")));
  }));

Deno.test("a second Ctrl-C ends a sweep at once", () =>
  withFolder(async (folder) => {
    const args = ["sweep", "--over", "candidates=2", ...SETTINGS, "--out", join(folder, "sweep")];
    const { code, log, unanswered } = await interrupted(args, 2, 60_000);
    assert.equal(code, 130, log);
    assert.ok(unanswered > 0, log);
  }));
