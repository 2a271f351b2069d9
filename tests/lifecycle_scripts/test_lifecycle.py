from importlib import import_module
from pathlib import Path

import pytest

lifecycle = import_module("lifecycle")
LifecycleError = import_module("lifecycle_error").LifecycleError


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo begun; echo 'no space left' >&2; exit 3", "ended with status 3: no space left"),
        ("echo begun; echo; exit 1", "ended with status 1: begun"),
        ("exit 1", "ended with status 1: it printed nothing"),
        (
            "printf 'caf\\xe9 closed'; exit 1",
            "ended with status 1: caf\N{REPLACEMENT CHARACTER} closed",
        ),
        ("kill -9 $$", "ended with status -9: it printed nothing"),
    ],
)
def test_last_line_of_a_failed_step_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    monkeypatch.setattr(lifecycle, "FOLDER", tmp_path)
    (tmp_path / "step.sh").write_text(script)

    with pytest.raises(LifecycleError) as error:
        lifecycle.run_step("step.sh", [])

    assert str(error.value) == f"step.sh {message}"


def test_python_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lifecycle, "FOLDER", tmp_path)
    (tmp_path / "step.py").write_text(
        "import sys; print('begun'); sys.exit(' '.join(sys.argv[1:]))"
    )

    with pytest.raises(LifecycleError) as error:
        lifecycle.run_step("step.py", ["a b", "c"])

    assert str(error.value) == "step.py ended with status 1: a b c"
