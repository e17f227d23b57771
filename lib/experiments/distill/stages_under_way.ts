import type { ImproveRound } from "../../improvement/improve_round.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import type { StudentModel } from "../../student/student_model.ts";
import type { BaseModel } from "./base_model.ts";
import type { Learned } from "./finish_run.ts";
import type { OpenTeacher } from "./teacher.ts";
import type { LeftOutStudent, TrainingSet } from "./training_sets.ts";

/** A student in the making. */
export interface Learning {
  /** What it learns from. */
  readonly paradigm: Paradigm;
  /** Its examples. */
  readonly set: Promise<TrainingSet | LeftOutStudent>;
  /** Null when it is left out. */
  readonly trained: Promise<Learned | null>;
  /** Opened when it is trained; null when it is left out. */
  readonly model: Promise<StudentModel | null>;
}

/** What systems ask. */
export interface Evaluating {
  /** Null where trajectories of another run are taken. */
  readonly teacher: OpenTeacher | null;
  /** The name of who wrote the training data. */
  readonly who: Promise<string>;
  /** The model that students begin with. */
  readonly baseModel: Promise<BaseModel>;
  /** The students. */
  readonly learning: readonly Learning[];
  /** Null where no student goes on. */
  readonly improved: Promise<Improved | null> | null;
}

/** The agent student after it has gone on. */
export interface Improved {
  /** Its rounds. */
  readonly rounds: readonly ImproveRound[];
  /** The student. */
  readonly model: StudentModel;
}
