"""What every benchmark script needs: where it ran, tables, results on disk."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import aisle

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def data_folder() -> Path | None:
    """The public logs: $AISLE_DATA, or shared/data beside the clone; None where they are not."""
    given = os.environ.get("AISLE_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def commit() -> str:
    """The commit that is measured, with -dirty where the tree differs from it."""
    given = os.environ.get("AISLE_COMMIT")
    if given:
        return given
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, cores, load, compiler, flags, commit."""
    names = []
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    model = names[0].split(":")[1].strip() if names else platform.processor()
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "build": {key: value for key, value in aisle.build_info().items() if key != "time"},
        "commit": commit(),
    }


def markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table for README and terminal; numbers stand to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(head), *cells]) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        fitted = [row[0].ljust(widths[0])]
        fitted += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "| " + " | ".join(fitted) + " |"

    rule = "|" + "|".join(
        "-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)
    )
    return "\n".join([line(list(head)), rule + "|", *map(line, cells)])


def save(name: str, result: dict[str, Any], path: Path | None = None) -> Path:
    """Write a result as JSON, by default below results/."""
    path = path or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, default=float) + "\n")
    return path


def version(package: str) -> str:
    """Of an installed package."""
    return metadata.version(package)


def pyplot() -> tuple[Any, list[str]]:
    """Pyplot and its colours: a picture on whatever background, light or dark, small as SVG."""
    import matplotlib

    matplotlib.use("Agg")
    grey = "#808080"
    colours = ["#2f86d6", "#e0742c", "#35a05c", "#b565d0", "#c9a21b", "#d9536a"]
    drawn = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    matplotlib.rcParams.update(dict.fromkeys(drawn, grey))
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "aisle",
            "svg.fonttype": "none",
            "savefig.transparent": True,
            "legend.framealpha": 0,
            "axes.grid": True,
            "grid.color": grey,
            "grid.alpha": 0.25,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "font.sans-serif": ["DejaVu Sans"],
        }
    )
    from matplotlib import pyplot

    return pyplot, colours


def save_picture(figure: Any, path: Path) -> None:
    """The same bytes for the same figure; an SVG without what nobody sees of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unstamped = {"Date": None, "Creator": None}
    figure.savefig(path, metadata=unstamped if path.suffix == ".svg" else None, dpi=120)
    if path.suffix != ".svg":
        return
    text = path.read_text()
    text = re.sub(r"<[^>]*>", _rounded, text)
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r' transform="rotate\(-0 [^"]*"|(?<=<g) id="[^"]*"', "", text)
    text = re.sub(r"\n(?=[LCQz\"])", " ", text)
    text = "\n".join(line for line in map(str.strip, text.splitlines()) if line) + "\n"
    marks = r'<g( clip-path="[^"]*")?>((?:\n<use [^>]*? style="([^"]*)"/>)+)\n</g>'
    path.write_text(re.sub(marks, _with_one_style, text))


def _rounded(tag: re.Match[str]) -> str:
    """Coordinates to a tenth of a point; what stands between tags stays."""
    return re.sub(r"-?\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}", tag[0])


def _with_one_style(marks: re.Match[str]) -> str:
    """The style of many marks of a curve at their group, once."""
    clip, uses, style = marks[1] or "", marks[2], marks[3]
    bare = uses.replace(f' style="{style}"', "")
    return f'<g{clip} style="{style}">{bare}\n</g>' if "style=" not in bare else marks[0]
