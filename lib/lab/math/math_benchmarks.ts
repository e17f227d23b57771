import type { Skill } from "../expert/skill.ts";
import type { LabBenchmark } from "../question_family.ts";
import { labAime } from "./lab_aime.ts";
import { labGsmHard } from "./lab_gsm_hard.ts";
import { labMath } from "./lab_math.ts";
import { labOlymath } from "./lab_olymath.ts";

/** The lab's mathematical benchmarks: the in-domain one first, then the out-of-domain ones. */
export const mathBenchmarks: readonly LabBenchmark[] = [labMath, labGsmHard, labAime, labOlymath];

/** Mathematical skills of the lab's expert: one for each kind of question. */
export const mathSkills: readonly Skill[] = mathBenchmarks.flatMap(({ families }) =>
  families.map(({ family }) => family.skill)
);
