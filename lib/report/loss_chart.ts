import type { Chart } from "../display/chart.ts";
import { figure } from "../display/figure.ts";
import type { LossCurve } from "./report_input.ts";

/** A curve is thinned to about this many points: more cannot be told apart. */
const POINTS = 300;

/** Training and validation loss of every student by step. */
export function lossChart(curves: readonly LossCurve[]): Promise<Chart> {
  const data = curves.flatMap(({ student, points }) =>
    (["train", "validation"] as const).flatMap((split) => {
      const ofSplit = points.filter((point) => (point.split ?? "train") === split);
      return thin(ofSplit).map(({ step, loss }) => ({ student, split, step, loss }));
    })
  );
  const hasValidation = data.some((value) => value.split === "validation");
  const last = curves.map(({ student, points }) => {
    const end = points.filter((point) => (point.split ?? "train") === "train").at(-1);
    return `${student}: ${
      end === undefined ? "no points" : `${end.loss.toFixed(3)} at step ${end.step}`
    }`;
  });
  return figure({
    form: "line",
    name: "loss_curves",
    caption: "Loss of the students in training (cross-entropy of the assistant's tokens, nats; " +
      "each point is the mean of a few neighbouring steps).",
    text: last.join("\n"),
    data,
    x: "step",
    y: "loss",
    color: "student",
    ...(hasValidation ? { dash: "split" } : {}),
    points: false,
    xAxis: { title: "optimizer step" },
    legend: "bottom",
    width: 600,
    height: 260,
  });
}

/** At most about {@link POINTS} points, each the mean of a bin of neighbours. */
function thin<T extends { readonly step: number; readonly loss: number }>(
  points: readonly T[],
): { step: number; loss: number }[] {
  const size = Math.ceil(points.length / POINTS);
  const out: { step: number; loss: number }[] = [];
  for (let start = 0; start < points.length; start += size) {
    const bin = points.slice(start, start + size);
    out.push({
      step: bin[bin.length - 1].step,
      loss: bin.reduce((sum, point) => sum + point.loss, 0) / bin.length,
    });
  }
  return out;
}
