"""The command line: ``python -m wbcore ...``.

Each command is a thin shell: it asks the features, makes the contract's document and
shows it. Heavy modules are imported inside the commands, so that ``--help`` and ``token inspect`` answer at
once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from wbcore.cli.output import DONE, FAILED, WRONG_USAGE, WrongUsageError, out


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        The exit code: 0 done, 1 ended with a diagnosis of severity ``error``, 2 wrong usage.
    """
    import typer

    from wbcore.settings import keep_private

    keep_private()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    # Known before the line is parsed, so that a mistake in it is a document too.
    out.json = "--json" in argv
    try:
        return _run(argv)
    except WrongUsageError as error:
        return _wrong_usage(str(error))
    except typer.TyperException as error:
        from wbcore.cli import mistakes

        return _wrong_usage(mistakes.words(error))
    except (KeyboardInterrupt, typer.Abort):
        return FAILED
    except (BrokenPipeError, SystemExit):  # typer turns some broken pipes into an exit of its own
        _close_stdout()
        return DONE
    except Exception as error:  # noqa: BLE001 (the last place before a traceback)
        return _failure(error)


def _run(argv: list[str]) -> int:
    from typer.main import get_command

    from wbcore.cli import root

    wanted = next((word for word in argv if not word.startswith("-")), "")
    code = get_command(root.make(wanted)).main(argv, prog_name="python -m wbcore", standalone_mode=False)
    sys.stdout.flush()
    return code if isinstance(code, int) else DONE


def _wrong_usage(message: str) -> int:
    if message:
        sys.stderr.write(f"{message}\n")
    if out.json:
        out.result({"error": {"code": "wrong_usage", "message": message}, "diagnoses": []})
    return WRONG_USAGE


def _failure(error: Exception) -> int:
    from wbcore.cli.failures import installation_diagnosis
    from wbcore.guidance import terminal

    found = installation_diagnosis(error)
    with contextlib.suppress(BrokenPipeError):
        out.result({"diagnoses": [found]}, lambda: terminal.diagnosis(found, out.lang))
    return FAILED


def _close_stdout() -> None:
    """Python would complain at exit about what it can't flush any more."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
