import { FINISH_REASONS, type Step, STEP_ERROR_KINDS } from "./step.ts";
import type { Task } from "./task.ts";
import type { Trajectory } from "./trajectory.ts";

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
  return value as Task;
}

/**
 * The value as a trajectory.
 *
 * @throws {TypeError} naming the field when it is none
 */
export function checkTrajectory(value: unknown): Trajectory {
  const trajectory = object(value, "trajectory");
  for (const key of ["id", "model"]) text(trajectory, key, "trajectory");
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
  return value as Trajectory;
}

function checkStep(value: unknown, index: number): Step {
  const where = `trajectory.steps[${index}]`;
  const step = object(value, where);
  for (const key of ["modelOutput", "thought", "observation"]) text(step, key, where);
  if (step.code !== null) text(step, "code", where);
  if (typeof step.isFinal !== "boolean") fail(where, "isFinal", "true or false", step.isFinal);
  array(step, "toolCalls", where);
  if (step.finishReason !== undefined) oneOf(step, "finishReason", FINISH_REASONS, where);
  if (step.error !== null) {
    const error = object(step.error, `${where}.error`);
    oneOf(error, "kind", STEP_ERROR_KINDS, `${where}.error`);
  }
  object(step.tokens, `${where}.tokens`);
  object(step.durations, `${where}.durations`);
  return value as Step;
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
