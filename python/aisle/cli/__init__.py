"""The command line: `aisle demo`, `check`, `fit`, `evaluate`, `recommend`, `replay`, ...

Each command computes an `Answer`; `main` alone prints, decides the exit code, and turns errors into
one line: 0 success, 1 the work failed, 2 bad arguments, 130 interrupted.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import aisle
from aisle.cli.answers import Answer, BadArgumentError
from aisle.cli.arguments import parser


def _plain(value: Any) -> Any:
    """What JSON can say: NumPy scalars as numbers, what is no number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _message(error: BaseException) -> str:
    """One line, or one for each problem: a KeyError's own text would come in quotes.

    Lines keep their blanks: a mark under an expression stands by them.
    """
    text = str(error.args[0]) if len(error.args) == 1 else str(error)
    return "\n".join(line.rstrip() for line in text.splitlines()) or type(error).__name__


def _fail(text: str, code: int) -> int:
    print(f"aisle: {text}", file=sys.stderr)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    args = parser().parse_args(argv)
    try:
        answer: Answer = args.run(args)
    except BadArgumentError as error:
        return _fail(_message(error), 2)
    except (aisle.ConfigError, aisle.UnknownNameError) as error:
        return _fail(_message(error), 2)
    except (aisle.AisleError, OSError) as error:
        return _fail(_message(error), 1)
    except MemoryError:
        return _fail("not enough memory for this", 1)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        if os.environ.get("AISLE_DEBUG"):
            raise
        what = f"{type(error).__name__}: {_message(error)}"
        return _fail(f"this is a bug: {what} (AISLE_DEBUG=1 shows the traceback)", 1)
    try:
        print(json.dumps(_plain(answer.data)) if args.json else answer.text, flush=True)
    except BrokenPipeError:  # `aisle … | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return answer.code


def run() -> NoReturn:
    """Entry point of `python -m aisle`."""
    sys.exit(main())
