import { ANNOTATION_GAPS, FINISH_REASONS, type Step, STEP_ERROR_KINDS } from "./step.ts";
import { GRADING_POLICIES, type Task } from "./task.ts";
import type { Trajectory } from "./trajectory.ts";
import { VERDICTS } from "./verdict.ts";

type Fields = Record<string, unknown>;

/**
 * The value as a task.
 *
 * @throws {TypeError} naming the field when it is none
 */
export function checkTask(value: unknown): Task {
  const task = object(value, "task");
  for (const key of ["id", "benchmark", "question", "answer"]) text(task, key, "task");
  oneOf(task, "split", ["train", "test"], "task");
  oneOf(task, "kind", ["qa", "math"], "task");
  if (has(task, "grading")) oneOf(task, "grading", GRADING_POLICIES, "task");
  for (const key of ["level", "type", "source"]) if (has(task, key)) text(task, key, "task");
  for (const key of ["aliases", "evidence", "goldTitles"]) {
    if (has(task, key)) texts(task, key, "task");
  }
  if (has(task, "isYesNo") && typeof task.isYesNo !== "boolean") {
    fail("task", "isYesNo", "true or false", task.isYesNo);
  }
  if (has(task, "annotation")) checkAnnotation(task.annotation);
  return value as Task;
}

function checkAnnotation(value: unknown): void {
  const where = "task.annotation";
  const annotation = object(value, where);
  const partsOf = (key: string, required: string, optional: readonly string[]) => {
    if (!has(annotation, key)) return;
    array(annotation, key, where).forEach((part, i) => {
      const at = `${where}.${key}[${i}]`;
      const fields = object(part, at);
      text(fields, required, at);
      for (const name of optional) if (has(fields, name)) text(fields, name, at);
    });
  };
  partsOf("hops", "answer", ["question", "statement", "subject", "relation", "title"]);
  partsOf("facts", "title", ["sentence"]);
  for (const key of ["explanation", "solution", "equation", "program"]) {
    if (has(annotation, key)) text(annotation, key, where);
  }
}

/**
 * The value as a trajectory.
 *
 * @throws {TypeError} naming the field when it is none
 */
export function checkTrajectory(value: unknown): Trajectory {
  const trajectory = object(value, "trajectory");
  for (const key of ["id", "model"]) text(trajectory, key, "trajectory");
  if (has(trajectory, "teacher")) text(trajectory, "teacher", "trajectory");
  oneOf(trajectory, "paradigm", ["agent", "cot", "cot-rag"], "trajectory");
  checkTask(trajectory.task);
  array(trajectory, "prompt", "trajectory").forEach((message, i) => {
    const where = `trajectory.prompt[${i}]`;
    const fields = object(message, where);
    oneOf(fields, "role", ["system", "user", "assistant"], where);
    text(fields, "content", where);
  });
  array(trajectory, "steps", "trajectory").forEach((step, i) => checkStep(step, i));
  if (trajectory.answer !== null) text(trajectory, "answer", "trajectory");
  oneOf(trajectory, "correct", [true, false, null], "trajectory");
  if (has(trajectory, "grade")) checkGrade(trajectory.grade);
  number(trajectory, "seed", "trajectory");
  if (has(trajectory, "firstThought")) {
    const first = object(trajectory.firstThought, "trajectory.firstThought");
    text(first, "text", "trajectory.firstThought");
    oneOf(first, "continuation", ["native", "emulated"], "trajectory.firstThought");
  }
  return value as Trajectory;
}

function checkGrade(value: unknown): void {
  const where = "trajectory.grade";
  const grade = object(value, where);
  oneOf(grade, "verdict", VERDICTS, where);
  for (const key of ["em", "f1"]) if (grade[key] !== null) number(grade, key, where);
  oneOf(grade, "policy", GRADING_POLICIES, where);
}

function checkStep(value: unknown, index: number): Step {
  const where = `trajectory.steps[${index}]`;
  const step = object(value, where);
  for (const key of ["modelOutput", "thought", "observation"]) text(step, key, where);
  if (step.code !== null) text(step, "code", where);
  if (typeof step.isFinal !== "boolean") fail(where, "isFinal", "true or false", step.isFinal);
  if (has(step, "prefix")) text(step, "prefix", where);
  array(step, "toolCalls", where).forEach((value, i) => {
    const call = object(value, `${where}.toolCalls[${i}]`);
    text(call, "name", `${where}.toolCalls[${i}]`);
    array(call, "arguments", `${where}.toolCalls[${i}]`);
    if (has(call, "error")) text(call, "error", `${where}.toolCalls[${i}]`);
  });
  if (step.finishReason !== undefined) oneOf(step, "finishReason", FINISH_REASONS, where);
  checkError(step, where);
  const tokens = object(step.tokens, `${where}.tokens`);
  for (const key of ["prompt", "completion"]) number(tokens, key, `${where}.tokens`);
  const durations = object(step.durations, `${where}.durations`);
  for (const key of ["generateMs", "executeMs"]) number(durations, key, `${where}.durations`);
  if (has(step, "candidates")) {
    array(step, "candidates", where).forEach((one, i) =>
      checkCandidate(one, `${where}.candidates[${i}]`)
    );
  }
  if (has(step, "vote")) checkVote(step.vote, `${where}.vote`);
  return value as Step;
}

function checkError(fields: Fields, where: string): void {
  if (fields.error === null) return;
  const error = object(fields.error, `${where}.error`);
  oneOf(error, "kind", STEP_ERROR_KINDS, `${where}.error`);
  text(error, "message", `${where}.error`);
  if (has(error, "gap")) oneOf(error, "gap", ANNOTATION_GAPS, `${where}.error`);
}

function checkCandidate(value: unknown, where: string): void {
  const candidate = object(value, where);
  text(candidate, "modelOutput", where);
  if (candidate.code !== null) text(candidate, "code", where);
  checkError(candidate, where);
  number(candidate, "completionTokens", where);
  if (candidate.result === null) return;
  const result = object(candidate.result, `${where}.result`);
  text(result, "logs", `${where}.result`);
  if (result.output !== null) text(result, "output", `${where}.result`);
}

function checkVote(value: unknown, where: string): void {
  const vote = object(value, where);
  for (const key of ["chosen", "share"]) number(vote, key, where);
  array(vote, "groups", where).forEach((group, i) => {
    if (!Array.isArray(group) || !group.every((member) => Number.isInteger(member))) {
      fail(where, `groups[${i}]`, "a list of numbers", group);
    }
  });
}

/** True if an optional field is there. */
function has(fields: Fields, key: string): boolean {
  return Object.hasOwn(fields, key) && fields[key] !== undefined;
}

function texts(fields: Fields, key: string, where: string): void {
  if (!array(fields, key, where).every((one) => typeof one === "string")) {
    fail(where, key, "a list of texts", fields[key]);
  }
}

function number(fields: Fields, key: string, where: string): void {
  if (typeof fields[key] !== "number" || !Number.isFinite(fields[key])) {
    fail(where, key, "a number", fields[key]);
  }
}

function object(value: unknown, where: string): Fields {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new TypeError(`${where} is not an object but ${show(value)}`);
  }
  return value as Fields;
}

function text(fields: Fields, key: string, where: string): void {
  if (typeof fields[key] !== "string") fail(where, key, "a text", fields[key]);
}

function array(fields: Fields, key: string, where: string): unknown[] {
  const value = fields[key];
  if (!Array.isArray(value)) fail(where, key, "a list", value);
  return value as unknown[];
}

function oneOf(fields: Fields, key: string, allowed: readonly unknown[], where: string): void {
  if (!allowed.includes(fields[key])) {
    fail(where, key, `one of ${allowed.join(", ")}`, fields[key]);
  }
}

function fail(where: string, key: string, wanted: string, value: unknown): never {
  throw new TypeError(`${where}.${key} is not ${wanted} but ${show(value)}`);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const json = JSON.stringify(value);
  return json.length > 60 ? json.slice(0, 60) + "..." : json;
}
