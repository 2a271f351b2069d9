"""The folder of the HyperPod Helm chart, as Helm reads it.

Source: https://helm.sh/docs/topics/charts/#managing-dependencies-manually-via-the-charts-directory
"""

import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from hyperpod_constructs.model.problem import Problem

_NAME = re.compile(r"^name:\s*[\"']?([\w.-]+)", re.MULTILINE)
_KEY = re.compile(r"^([A-Za-z][\w-]*):", re.MULTILINE)
_ENTRY = re.compile(r"^\s*-?\s*(name|alias|condition):\s*[\"']?([\w.-]+)")
_ARCHIVE = re.compile(r"(.+?)-v?\d[^/]*\.tgz")
_TWO = 2
_REWRITTEN = ("Chart.yaml", "Chart.lock")
_KEYS_OF_THE_CHART = (
    *("global", "namespace", "trainingOperators", "inferenceOperators", "training-operators"),
    *("mpi-operator", "job-auto-restart", "nvidia-device-plugin", "aws-efa-k8s-device-plugin"),
    *("neuron-device-plugin", "cert-manager", "gpu-operator", "mlflow", "storage"),
    *("health-monitoring-agent", "deep-health-check", "hyperpod-patching"),
    *("cluster-role-and-bindings", "namespaced-role-and-bindings", "team-role-and-bindings"),
    *("hyperpod-inference-operator", "hyperpod-ray-endpoint-operator"),
)
"""The values of a chart in a registry, which are not read."""


class Dependency(NamedTuple):
    """A chart within the chart.

    Attributes:
        name: Name of the chart.
        keys: Values of the chart that configure it.
        condition: Value that enables it, with its keys separated by dots. Empty if it always is.
    """

    name: str
    keys: Sequence[str]
    condition: str


def known_chart_values(path: Path | None) -> set[str]:
    """The names of the values of a chart in a folder, or in a registry if there is no folder."""
    if path is None or not (path / "Chart.yaml").is_file():
        return set(_KEYS_OF_THE_CHART)
    found = {"global", *(key for each in dependencies(path) for key in each.keys)}
    values = path / "values.yaml"
    if values.is_file():
        found.update(_KEY.findall(values.read_text(encoding="utf-8")))
    return found


def chart_folder_problems(argument: str, path: Path) -> Iterator[Problem]:
    """A chart must have a file `Chart.yaml`, and each of its dependencies once in its folder `charts`.

    The deployment does not run `helm dependency build`, which adds an archive for each folder in
    `charts`. Of a folder and an archive, Helm installs either, so that they must not differ.
    """
    if not (path / "Chart.yaml").is_file():
        yield Problem(
            code="ChartFolder",
            path=argument,
            value=str(path),
            message="is not the folder of a Helm chart: it has no file Chart.yaml",
            fix="pass the folder helm_chart/HyperPodHelmChart of a checkout of "
            "https://github.com/aws/sagemaker-hyperpod-cli",
        )
        return
    present = present_charts(path / "charts")
    names = [each.name for each in dependencies(path)]
    missing = [name for name in names if name not in present]
    if missing:
        yield Problem(
            code="ChartDependencyMissing",
            path=argument,
            value=", ".join(missing),
            message="is listed in Chart.yaml, but is not in the folder charts",
            fix=f"run `helm dependency build {path}` once, and keep the folder",
        )
    for name in dict.fromkeys(names):
        files = _differing(present.get(name, []))
        if files:
            stale = [file.name for file in files if file.is_file()][: len(files) - 1]
            yield Problem(
                code="ChartDependencyTwice",
                path=argument,
                value=", ".join(f"charts/{file.name}" for file in files),
                message=f"are both {name} and differ, and Helm installs either of them",
                fix=f"delete charts/{', charts/'.join(stale or [files[0].name])}",
            )


def _differing(files: Sequence[Path]) -> Sequence[Path]:
    """The files of a dependency, unless there is one, or an archive of the folder."""
    if len(files) < _TWO:
        return ()
    folder, *archives = sorted(files, key=lambda file: file.is_file())
    is_built = len(files) == _TWO and folder.is_dir() and _is_archive_of(archives[0], folder)
    return () if is_built else files


def _is_archive_of(archive: Path, folder: Path) -> bool:
    """Whether an archive has the files of a folder. Helm writes its `Chart.yaml` anew."""
    try:
        with tarfile.open(archive) as members:
            packed = {
                path.relative_to(path.parts[0]).as_posix(): member.read()
                for path, member in files_of(members)
            }
    except (OSError, tarfile.TarError):
        return False
    templates = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("templates/**/*")
        if path.is_file()
    }
    return templates <= packed.keys() and all(
        (folder / name).is_file() and (folder / name).read_bytes() == content
        for name, content in packed.items()
        if name not in _REWRITTEN
    )


def files_of(archive: tarfile.TarFile) -> Iterator[tuple[PurePosixPath, IO[bytes]]]:
    """The files of an archive, with their paths."""
    for member in archive.getmembers():
        content = archive.extractfile(member)
        if content is not None:
            yield PurePosixPath(member.name), content


def dependencies(path: Path) -> list[Dependency]:
    """The dependencies of `Chart.yaml`, which is read without a parser for YAML."""
    _, _, listed = (path / "Chart.yaml").read_text(encoding="utf-8").partition("\ndependencies:")
    found: list[Dependency] = []
    for line in listed.splitlines():
        if re.match(r"[A-Za-z]", line):
            break
        match = _ENTRY.match(line)
        if match is None:
            continue
        if match[1] == "name":
            found.append(Dependency(match[2], [match[2]], ""))
            continue
        last = found[-1]
        keys = [*last.keys, match[2].partition(".")[0]]
        condition = match[2] if match[1] == "condition" else last.condition
        found[-1] = last._replace(keys=keys, condition=condition)
    return found


def present_charts(charts: Path) -> dict[str, list[Path]]:
    """The folders and archives in `charts`, by the name of the chart."""
    found: dict[str, list[Path]] = {}
    for each in sorted(charts.iterdir()) if charts.is_dir() else ():
        chart = each / "Chart.yaml"
        archive = _ARCHIVE.fullmatch(each.name)
        match = _NAME.search(chart.read_text(encoding="utf-8")) if chart.is_file() else archive
        if match is not None:
            found.setdefault(match[1], []).append(each)
    return found
