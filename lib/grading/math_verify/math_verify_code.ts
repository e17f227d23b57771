/** The Python package that is run, and the modules that it needs. */
export const MATH_VERIFY_PACKAGE = "math-verify";

/**
 * Python that defines `judge` and warms up what a first use makes slow: the LaTeX parser's tables.
 * Math-Verify's own alarms are off, as the sandbox has a deadline of its own.
 */
export const MATH_VERIFY_SETUP: string = String.raw`import logging
logging.disable(logging.CRITICAL)
from math_verify import parse, verify

def judge(gold, prediction):
    golds = parse(gold, parsing_timeout=None)
    answers = parse(prediction, parsing_timeout=None)
    return len(golds), len(answers), verify(golds, answers, timeout_seconds=None)

for gold, prediction in [
    (r"$\frac{1}{3}$", "so it is 0.333333"),
    (r"$\frac{x+2}{7}$", r"\boxed{\frac{x}{7}+\frac{2}{7}}"),
    (r"$3\sqrt{13}+2^{10}$", r"The answer is $\sqrt{117} + 1024$."),
    (r"$(-\infty,2)\cup(3,\infty)$", r"$(-\infty, 2) \cup [3, \infty)$"),
    (r"$x=1,y=-2$", r"$x = 1$ and $y = -2$"),
    (r"$\begin{pmatrix}1&2\\3&4\end{pmatrix}$", r"$\begin{bmatrix}1&2\\3&5\end{bmatrix}$"),
    (r"$1,-2$", r"\boxed{-2, 1}"),
    (r"$x \ge 5$", r"$5 \leq x$"),
    (r"$\text{Evelyn}$", r"\boxed{\text{Evelyn}}"),
    (r"$90^\circ$", r"$\frac{\pi}{2}$"),
    (r"$2\sin b\cos a$", r"$\sin(a+b)-\sin(a-b)$"),
]:
    judge(gold, prediction)
`;

/** A call of `judge`; its value is the text of a tuple. */
export function judgeCall(gold: string, prediction: string): string {
  return `judge(${pythonText(gold)}, ${pythonText(prediction)})`;
}

/** JSON's escapes are Python's, but that a half of a surrogate pair is no text there. */
function pythonText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
