/**
 * A question within a question: one hop on the way to the answer, as its annotators wrote it down.
 * `#1` in a text stands for the answer of the first hop, `#2` for the second's.
 */
export interface AnnotatedHop {
  /** The sub-question, in words or as `subject >> relation`. */
  readonly question?: string;
  /** Its answer as a sentence. */
  readonly statement?: string;
  /** The thing that the hop asks about. */
  readonly subject?: string;
  /** Relation between subject and answer, such as `date of birth`. */
  readonly relation?: string;
  /** The hop's answer. */
  readonly answer: string;
  /** Title of the passage that says so. */
  readonly title?: string;
}

/** A sentence that the answer rests on. */
export interface SupportingFact {
  /** Title of its passage. */
  readonly title: string;
  /** The sentence, where the passages came with the question. */
  readonly sentence?: string;
}

/**
 * Annotation of a task by people, beside question and answer. No model is shown it; the teacher that
 * is made of annotations answers from it.
 *
 * @source 2WikiMultiHopQA (`evidences`, `qa_pairs`, `explanation`), MuSiQue (`question_decomposition`),
 * HotpotQA (`supporting_facts`), GSM8K and MATH (solutions), SVAMP (`Equation`), GSM-Hard
 * (`code`)
 */
export interface Annotation {
  /** Hops in the order in which they are taken. */
  readonly hops?: readonly AnnotatedHop[];
  /** Sentences that the answer rests on, in the order of the file. */
  readonly facts?: readonly SupportingFact[];
  /** A reason for the answer, in words. */
  readonly explanation?: string;
  /** A worked solution, with the calculator's notes (`<<48/2=24>>`) if it has some. */
  readonly solution?: string;
  /** The calculation as one expression, such as `( 290.0 / 2.0 )`. */
  readonly equation?: string;
  /** A Python program that gives the answer. */
  readonly program?: string;
}
