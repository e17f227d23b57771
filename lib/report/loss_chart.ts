import { Chart } from "../display/chart.ts";
import type { LossCurve } from "./report_input.ts";

const STUDENT_COLORS = ["#0072b2", "#e69f00", "#cc79a7", "#009e73", "#d55e00", "#56b4e9"];
/** A curve is thinned to about this many points: more cannot be told apart. */
const POINTS = 300;

/** Training and validation loss of every student by step. */
export function lossChart(curves: readonly LossCurve[]): Promise<Chart> {
  const values = curves.flatMap(({ student, points }) =>
    (["train", "validation"] as const).flatMap((split) => {
      const ofSplit = points.filter((point) => (point.split ?? "train") === split);
      return thin(ofSplit).map(({ step, loss }) => ({ student, split, step, loss }));
    })
  );
  const hasValidation = values.some((value) => value.split === "validation");
  const last = curves.map(({ student, points }) => {
    const end = points.filter((point) => (point.split ?? "train") === "train").at(-1);
    return `${student}: ${
      end === undefined ? "no points" : `${end.loss.toFixed(3)} at step ${end.step}`
    }`;
  });
  return Chart.draw({
    name: "loss_curves",
    caption: "Loss of the students in training (cross-entropy of the assistant's tokens, nats; " +
      "each point is the mean of a few neighbouring steps).",
    text: last.join("\n"),
    spec: {
      width: 800,
      height: 280,
      data: { values },
      mark: { type: "line", strokeWidth: 1.8, interpolate: "monotone" },
      encoding: {
        x: { field: "step", type: "quantitative", title: "optimizer step", axis: { grid: false } },
        y: { field: "loss", type: "quantitative", title: "loss", scale: { zero: true } },
        color: {
          field: "student",
          type: "nominal",
          sort: null,
          scale: { domain: curves.map((c) => c.student), range: STUDENT_COLORS },
          legend: { title: null, orient: "right" },
        },
        ...(hasValidation
          ? {
            strokeDash: {
              field: "split",
              type: "nominal",
              scale: { domain: ["train", "validation"], range: [[1, 0], [5, 3]] },
              legend: { title: null, orient: "right" },
            },
          }
          : {}),
      },
    } as never,
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
