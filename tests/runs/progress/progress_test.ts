import assert from "node:assert/strict";
import { notebookSink } from "@potstill/runs/progress/notebook_sink.ts";
import { Progress } from "@potstill/runs/progress/progress.ts";
import {
  formatDuration,
  progressLine,
  type ProgressState,
} from "@potstill/runs/progress/progress_line.ts";
import { RecentRate } from "@potstill/runs/progress/recent_rate.ts";
import { plainSink, terminalSink } from "@potstill/runs/progress/sinks.ts";

const running: ProgressState = {
  name: "train",
  done: 420,
  total: 1000,
  elapsedMs: 12_000,
  rate: 35.24,
  note: "",
  isDone: false,
};

Deno.test("a line shows percentage, counts, rate and time left", () => {
  assert.equal(progressLine(running), "train  42%  420/1000  35.2/s  ETA 17 s");
  assert.equal(
    progressLine({ ...running, total: null, note: "loss 1.5" }),
    "train  420  35.2/s  loss 1.5",
  );
  assert.equal(
    progressLine({ ...running, rate: 0.02 }),
    "train  42%  420/1000  1.2/min  ETA 8 h 03 min",
  );
  assert.equal(progressLine({ ...running, rate: null }), "train  42%  420/1000");
  assert.equal(progressLine({ ...running, isDone: true }), "train  420/1000 in 12 s");
  assert.equal(progressLine(running, 12), "train  42% …");
});

Deno.test("99.9% is not shown as 100%, and more than all as no more", () => {
  assert.match(progressLine({ ...running, done: 999 }), / 99% /);
  assert.match(
    progressLine({ ...running, done: 1200 }),
    /^train +100% +1200\/1000 +35.2\/s +ETA 0 s$/,
  );
});

Deno.test("time left is shown from two seconds up", () => {
  const short = { ...running, elapsedMs: 500, done: 500, rate: 1000 };
  assert.doesNotMatch(progressLine(short), /ETA/);
  assert.match(progressLine({ ...short, rate: 300 }), /ETA 2 s/);
});

Deno.test("durations are readable", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [340.4, "340 ms"],
    [2540, "2.5 s"],
    [9960, "10 s"],
    [59_400, "59 s"],
    [59_700, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_800, "1 h 00 min"],
    [3_725_000, "1 h 02 min"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
  assert.equal(formatDuration(340, true), "1 s");
  assert.equal(formatDuration(0, true), "0 s");
});

Deno.test("the rate follows a change of pace and ignores earlier work", () => {
  const rate = new RecentRate(500, 0);
  assert.equal(rate.perSecond, null);
  for (let s = 1; s <= 20; s++) rate.add(500 + s, s * 1000);
  assert.equal(rate.perSecond, 1);
  for (let s = 21; s <= 60; s++) rate.add(520 + (s - 20) * 10, s * 1000);
  assert.ok(Math.abs(rate.perSecond! - 10) < 0.5, `${rate.perSecond}`);
});

Deno.test("the rate keeps few samples and stays right under many updates", () => {
  const rate = new RecentRate(0, 0);
  for (let ms = 1; ms <= 100_000; ms++) rate.add(ms * 2, ms);
  assert.ok(Math.abs(rate.perSecond! - 2000) < 1, `${rate.perSecond}`);
});

function drive(makeProgress: (now: () => number) => Progress): void {
  let now = 0;
  const stage = makeProgress(() => now).stage("train", 100);
  for (let done = 1; done <= 100; done++) {
    now += 300;
    stage.update(done, `loss ${done}`);
  }
  stage.done();
  stage.done();
  stage.update(7);
}

Deno.test("a log gets a line after 2 s, then every 10 s, and a last one", () => {
  let text = "";
  drive((now) => new Progress(plainSink((part) => text += part), now));
  assert.deepEqual(text.split("\n"), [
    "train  7%  7/100  3.3/s  ETA 28 s  loss 7",
    "train  41%  41/100  3.3/s  ETA 18 s  loss 41",
    "train  75%  75/100  3.3/s  ETA 8 s  loss 75",
    "train  100/100 in 30 s  loss 100",
    "",
  ]);
});

Deno.test("a terminal's line is written over, and other text goes above it", () => {
  let text = "";
  let now = 0;
  const progress = new Progress(terminalSink((part) => text += part, 80), () => now);
  const stage = progress.stage("index", 4);
  now = 1000;
  stage.update(1);
  progress.log("a warning");
  stage.done();
  assert.equal(
    text,
    "\r\x1b[Kindex  25%  1/4  1.0/s  ETA 3 s" +
      "\r\x1b[Ka warning\nindex  25%  1/4  1.0/s  ETA 3 s" +
      "\r\x1b[Kindex  1/4 in 1.0 s\n",
  );
});

Deno.test("stages that run side by side have a line each on a terminal", () => {
  let text = "";
  let now = 0;
  const progress = new Progress(terminalSink((part) => text += part, 80), () => now);
  const [first, second] = [progress.stage("teach", null), progress.stage("train", null)];
  now = 1000;
  first.update(1);
  second.update(2);
  text = "";
  first.done();
  second.done();
  assert.equal(
    text,
    "\r\x1b[K\x1b[A\r\x1b[Kteach  1 in 1.0 s\ntrain  2  2.0/s" +
      "\r\x1b[Ktrain  2 in 1.0 s\n",
  );
});

Deno.test("a total that becomes known later gives the time left", () => {
  const states: (number | null)[] = [];
  const sink = { ...plainSink(() => {}), firstAfterMs: 0, intervalMs: () => 0 };
  let now = 0;
  const show = (_: string, state: ProgressState) => void states.push(state.total);
  const stage = new Progress({ ...sink, show, finish: show }, () => now).stage("train", null);
  now = 1000;
  stage.update(1);
  stage.update(2, "loss 1", 40);
  stage.update(3);
  stage.done();
  assert.deepEqual(states, [null, 40, 40, 40]);
});

Deno.test("a notebook gets one display a stage, updated in place", async () => {
  const messages: { type: string; id: string; text: string; metadata: unknown }[] = [];
  const sink = notebookSink((type, content) => {
    const { data, transient, metadata } = content as {
      data: Record<string, string>;
      transient: { display_id: string };
      metadata: unknown;
    };
    messages.push({ type, id: transient.display_id, text: data["text/plain"], metadata });
    assert.ok(data["text/html"].includes("loss &lt;1&gt;"));
    return messages.length === 2 ? Promise.reject(new Error("gone")) : Promise.resolve();
  });
  let now = 0;
  const progress = new Progress(sink, () => now);
  for (const name of ["first", "second"]) {
    const stage = progress.stage(name, 2);
    now += 1000;
    stage.update(1, "loss <1>");
    stage.done();
  }
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(messages.map(({ type }) => type), [
    "display_data",
    "update_display_data",
    "display_data",
    "update_display_data",
  ]);
  assert.equal(messages[0].id, messages[1].id);
  assert.notEqual(messages[1].id, messages[2].id);
  assert.deepEqual(messages[0].metadata, { potstill: { volatile: true } });
});
