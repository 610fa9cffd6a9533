"""An expression that has run often runs as a function of Python's own, which never says anything else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import cel_oracle
import pytest
from cel_expressions import OBJECT, Maker, overloads

import kubecel
from kubecel import quick
from kubecel.budget import Steps
from kubecel.program import OFTEN
from kubecel.types import DYN

EXPRESSIONS = int(os.environ.get("KATAFORM_EXPRESSIONS", "2000"))
SEED = 41
# As policies are written, each about what is there, what is not, and what is of another type.
WRITTEN = (
    "object.spec.containers.all(c, has(c.resources) && !has(c.securityContext))",
    "object.spec.containers.all(c, c.image.startsWith('quay.io/') || c.name == 'z')",
    "object.spec.containers.exists(c, c.?resources.?limits.?cpu.orValue('') != '')",
    "object.spec.containers.exists_one(c, 'limits' in c.resources)",
    "object.spec.?nodeName.?deeper.orValue(1) == 1",
    "object.?gone.?deeper.orValue([]).all(x, false)",
    "object.metadata.?labels[?'app'].orValue('') in ['web', 'db']",
    "has(object.spec.hostNetwork) ? object.spec.hostNetwork == false : object.spec.gone",
    "object.spec.hostNetwork || object.spec.ports.exists(p, p > 400)",
    "object.spec.gone == 1 || object.kind == 'Pod'",
    "object.spec.gone == 1 && object.kind != 'Pod'",
    "object.spec.ports.map(p, p > 100, p + 1).filter(p, p in [81, 444]).size() == 2",
    "object.spec.ports.all(i, p, i < 3 && p > 0) && object.metadata.labels.all(k, v, k != v)",
    "object.spec.containers.all(c, object.spec.args.exists(a, a == c.name) || c.name.contains('z'))",
    "object.spec.containers.map(c, c.name).sortBy(n, n)[0] == 'a' && object.spec.ports.all(p, [p].max() == p)",
    "object.spec.mixed.all(m, type(m) == type(m) && (m == null) == (m == null))",
    "object.spec.containers[1].image.matches('^quay') && size(object.spec.args) <= 4 && object.spec.ports[0] == 443",
    "quantity(string(object.spec.containers[0].resources.limits.cpu)).isLessThan(quantity('1'))",
    "['Pod', 'Job'].exists(k, object.kind == k) && !['Pod', 'Job'].all(k, object.kind != k)",
    "object.metadata.generation == 3 && object.metadata.generation != 3u && 3.0 == object.metadata.generation",
)


def drawn() -> Iterator[str]:
    maker = Maker(SEED)
    calls = [call for overload in overloads() for call in maker.calls(overload, 3)]
    about = list(maker.about_objects(EXPRESSIONS))
    yield from WRITTEN
    yield from calls
    yield from about
    yield from maker.mutated([*calls, *about], EXPRESSIONS)


def compiled(text: str) -> kubecel.Program | None:
    try:
        return kubecel.compile(text, {"object": DYN})
    except kubecel.CelError:
        return None


def outcome(run: Any, program: kubecel.Program) -> Any:
    """A value with its type, or the words of an error."""
    try:
        return "value", cel_oracle.shown(run(program.frame([OBJECT], Steps())))
    except kubecel.EvaluationError as error:
        return "error", str(error)


def test_the_quick_function_says_what_the_exact_one_says() -> None:
    programs = [program for program in map(compiled, drawn()) if program is not None]

    different = {}
    valued = 0
    given_up = set()
    for program in programs:
        exact = program.compiler.run_of(program.checked.node)
        expected = outcome(exact, program)

        def falls_back(frame: Any, exact: Any = exact, text: str = program.text) -> Any:
            given_up.add(text)
            return exact(frame)

        found = outcome(quick.write(program.checked, program.compiler, falls_back), program)
        valued += expected[0] == "value"
        if expected[0] == "error":
            given_up.discard(program.text)
        if expected != found:
            different[program.text] = expected, found

    assert different == {}
    assert len(programs) > EXPRESSIONS / 2
    assert len(given_up) < valued / 10


@pytest.mark.parametrize("text", WRITTEN)
def test_the_quick_function_costs_no_more_than_the_exact_one(text: str) -> None:
    program = compiled(text)
    assert program is not None
    exact = program.compiler.run_of(program.checked.node)
    costs = []

    for run in (exact, quick.write(program.checked, program.compiler, exact)):
        steps = Steps()
        run(program.frame([OBJECT], steps))
        costs.append(steps.left)

    assert costs[0] <= costs[1]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_program_becomes_quick_once_it_has_run_often(text: str) -> None:
    program = compiled(text)
    assert program is not None
    before = program.run

    answers = [cel_oracle.shown(program({"object": OBJECT})) for _ in range(OFTEN + 1)]

    assert program.run is not before
    assert answers == answers[:1] * len(answers)


@pytest.mark.parametrize("word", ["'", '"', "\\", "\n", "{0}", "'] or exit() #", "é", "\u2028", "\x00"])
def test_no_text_of_an_expression_becomes_source(word: str) -> None:
    quoted = kubecel.compile("strings.quote(object)", {"object": DYN})({"object": word}).replace("\x00", "\\000")
    program = kubecel.compile(f"object[{quoted}] == {quoted} && object.all(k, k == {quoted})", {"object": DYN})

    found = [program({"object": {word: word}}) for _ in range(OFTEN + 1)]

    assert found == [True] * len(found)


def test_an_expression_too_large_for_a_quick_function_stays_exact() -> None:
    program = kubecel.compile(" && ".join(["object.a == 1"] * 500), {"object": DYN})
    exact = program.compiler.run_of(program.checked.node)

    assert quick.write(program.checked, program.compiler, exact) is exact
