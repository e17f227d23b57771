"""What is run once for a package when the image is made, so that an agent's first step with it finds
its modules imported and its tables filled."""

import contextlib

_SYMPY = """
from sympy import *
x, y, z = symbols('x y z')
n, k = symbols('n k', integer=True)
f = Function('f')
solve(x**2 - 5*x + 6, x), solve([x + y - 3, x - y - 1], [x, y]), solve(2**x - 8, x)
solve(sin(x) - Rational(1, 2), x), solve(x**3 - 2*x + 1, x), nsolve(cos(x) - x, 1)
solveset(x**2 - 2, x, S.Reals), linsolve([x + y - 1, x - y], x, y)
solve_univariate_inequality(x**2 < 4, x), reduce_inequalities([x > 1, x < 3], x)
simplify(sin(x)**2 + cos(x)**2), simplify((x**2 - 1)/(x - 1)), trigsimp(2*sin(x)*cos(x))
factor(x**4 - 1), expand((x + y)**5), apart(1/(x**2 - 1)), cancel((x**2 - 1)/(x - 1))
radsimp(1/(1 + sqrt(2))), together(1/x + 1/y), collect(x*y + x, x), nsimplify(0.5), sqrtdenest(sqrt(3 + 2*sqrt(2)))
diff(sin(x)*exp(x), x), integrate(x**2*exp(-x), (x, 0, oo)), integrate(sin(x)/x, x)
integrate(1/(1 + x**2), x), limit(sin(x)/x, x, 0), series(exp(x), x, 0, 5)
summation(1/k**2, (k, 1, oo)), summation(k**2, (k, 1, n)), product(k, (k, 1, n)), Sum(k, (k, 1, 9)).doit()
Matrix([[1, 2], [3, 4]]).inv(), Matrix([[2, 1], [1, 2]]).eigenvals(), Matrix([[1, 2], [3, 4]]).rref()
factorint(360), isprime(97), divisors(28), totient(36), binomial(10, 3), nextprime(100), gcd(12, 18), primerange(1, 20)
dsolve(f(x).diff(x) - f(x), f(x)), sympify('x**2 + 1/3'), latex(x**2/2), str(pi.evalf(30)), N(sqrt(2), 20)
lambdify(x, x**2 + 1, 'math')(2), Poly(x**2 + 1, x).all_coeffs(), roots(x**3 - 6*x**2 + 11*x - 6), Eq(x, y)
resultant(x**2 - 1, x - 2, x), discriminant(x**2 + x + 1, x), groebner([x + y, x - y], x, y)
Point(0, 0).distance(Point(3, 4)), Circle(Point(0, 0), 2).area, Triangle(Point(0, 0), Point(4, 0), Point(0, 3)).area
diophantine(2*x + 3*y - 5)
(x > 0) & (y < 1), FiniteSet(1, 2).union(Interval(0, 1)), Piecewise((x, x > 0), (0, True)).subs(x, 1)
Rational(3, 4) + Rational(1, 4), I**2, re(1 + I), expand_trig(sin(2*x)), logcombine(log(x) + log(y), force=True)
"""

_SOURCES = {"sympy": _SYMPY}


def warm_up(package):
    """Runs what is known to warm a package up. A line that another version cannot run is left out."""
    names = {}
    for line in _SOURCES.get(package, "").splitlines():
        with contextlib.suppress(Exception):
            exec(line, names)
