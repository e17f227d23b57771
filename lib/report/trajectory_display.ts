import type { Step } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { escapeHtml } from "../display/escape_html.ts";
import type { MimeBundle } from "../display/table.ts";

/** A trajectory that shows itself in a notebook (HTML) and in a terminal (`String(...)`). */
export interface TrajectoryDisplay {
  /** Plain text, one block a step, with the answer and its verdict last. */
  toString(): string;
}

const STYLE = "font-size:13px;line-height:1.45;max-width:60em";
const BOX =
  "margin:.3em 0;padding:.4em .7em;border-left:3px solid VAR;white-space:pre-wrap;overflow-wrap:anywhere";

/**
 * A trajectory step by step: thought, code, observation, errors, and the vote among candidates.
 *
 * @example
 * ```ts
 * import { showTrajectory, type Trajectory } from "@potstill";
 * export const print = (trajectory: Trajectory) => console.log(String(showTrajectory(trajectory)));
 * ```
 */
export function showTrajectory(trajectory: Trajectory): TrajectoryDisplay {
  const display = {
    toString: () => asText(trajectory),
    [Symbol.for("Jupyter.display")]: (): MimeBundle => ({
      "text/plain": asText(trajectory),
      "text/html": asHtml(trajectory),
    }),
  };
  return display;
}

function asText(trajectory: Trajectory): string {
  const lines = [`Task (${trajectory.task.benchmark}): ${trajectory.task.question}`];
  for (const step of trajectory.steps) {
    lines.push("", `Step ${step.index + 1}${voteText(step)}`);
    if (step.thought !== "") lines.push(indent("thought", step.thought));
    if (step.code !== null) lines.push(indent("code", step.code));
    if (step.error !== null) lines.push(indent(`${step.error.kind} error`, step.error.message));
    else if (step.observation !== "") lines.push(indent("saw", observed(step)));
  }
  lines.push("", `Answer: ${trajectory.answer ?? "none"} (${verdict(trajectory)})`);
  return lines.join("\n");
}

function indent(label: string, text: string): string {
  return `  ${label}: ${text.replaceAll("\n", "\n    ")}`;
}

function asHtml(trajectory: Trajectory): string {
  const steps = trajectory.steps.map((step) => {
    const parts = [
      `<b>Step ${step.index + 1}</b>${escapeHtml(voteText(step))}`,
      box("thought", "#4c78a8", step.thought),
      step.code === null ? "" : box("code", "#54a24b", step.code, "monospace"),
      step.error !== null
        ? box(`${step.error.kind} error`, "#e45756", step.error.message, "monospace")
        : box("observation", "#b279a2", observed(step), "monospace"),
    ];
    return `<div>${parts.join("")}</div>`;
  });
  return `<div style="${STYLE}"><p><b>${escapeHtml(trajectory.task.benchmark)}</b>: ` +
    `${escapeHtml(trajectory.task.question)}</p>${steps.join("")}` +
    `<p><b>Answer:</b> ${escapeHtml(trajectory.answer ?? "none")} ` +
    `(${escapeHtml(verdict(trajectory))})</p></div>`;
}

function box(label: string, color: string, text: string, font = "inherit"): string {
  if (text === "") return "";
  return `<div title="${label}" style="${BOX.replace("VAR", color)};font-family:${font}">` +
    `${escapeHtml(text)}</div>`;
}

function observed(step: Step): string {
  return step.observation.replace(/^Observation:\n/, "");
}

function voteText(step: Step): string {
  if (step.vote === undefined || step.candidates === undefined) return "";
  const failed = step.candidates.filter((candidate) => candidate.error !== null).length;
  const sizes = step.vote.groups.map((group) => group.length).join(" + ");
  return ` (${step.candidates.length} candidates: ${failed} failed, groups of ${sizes || "none"})`;
}

function verdict(trajectory: Trajectory): string {
  if (trajectory.correct === null) return "not graded";
  return trajectory.correct ? "correct" : `wrong; gold: ${trajectory.task.answer}`;
}
