"""python -m pipelines: the command line"""

from __future__ import annotations

import os

# One thread a process for linear algebra: the stages bring their own parallelism. Must stand before numpy is imported.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402
import io  # noqa: E402
import logging  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

EPILOG = """\
Exit status: 0 the run is complete and the account closes; 1 the run failed; 2 the command cannot be run;
3 the run is incomplete (files that could not be read).
Flags that are not listed go to Beam (--runner=PortableRunner --job_endpoint=..., --direct_running_mode=multi_processing)."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given, beam_flags = parser.parse_known_args(arguments)
    given.beam_flags = tuple(beam_flags)
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    logging.getLogger("root").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal or log that is no UTF-8 has no bars: no reason to fail at the last line
    try:
        command: Callable[[argparse.Namespace], int] = given.command
        return command(given)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)  # worker threads may be deep in a decoder: nothing is left to tidy, the next run sweeps
    except BrokenPipeError:  # the reader has seen enough: `plan | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _refusals() as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except _disturbances() as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1


def _refusals() -> tuple[type[Exception], ...]:
    """What the user can put right: said in a line, without a trace."""
    from curate.manifest import ManifestError
    from curate.recipe import RecipeError
    from curate.sample.originals import PackageMissing
    from pipelines.lock import Locked
    from pipelines.reading import DamagedTable
    from pipelines.run import Changed, UsageError

    return (UsageError, PackageMissing, ManifestError, RecipeError, Locked, Changed, DamagedTable)


def _disturbances() -> tuple[type[Exception], ...]:
    """What someone did to the data while they were read; a server that fails."""
    from curate.emit.ship import ChangedImage
    from curate.models.server import ServerError

    return (ChangedImage, ServerError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines",
        description="Curate medical data sets into a balanced corpus.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    corpus = _command(commands, "corpus", _corpus, "make the corpus: every stage, each doing only what is missing")
    _reads(corpus)
    _runs(corpus)
    plan = _command(commands, "plan", _plan, "what would run: sources found and missing, counts, policies")
    _reads(plan)
    plan.add_argument("--missing", action="store_true", help="tell all of the sources that are not found, as without --data")
    plan.add_argument("--markdown", action="store_true", help="every source and benchmark as Markdown: manifests/SOURCES.md")
    preview = _command(commands, "preview", _preview, "what a manifest makes of the first rows")
    _looks(preview)
    doctor = _command(commands, "doctor", _doctor, "look at this machine: packages, GPU, model weights, disk, engines")
    _looks_at_pictures(doctor)
    probe = _command(commands, "probe", _probe, "fit a head on pictures whose modality is known; or say how often each witness is right")
    _fits(probe)
    why = _command(commands, "why", _why, "the whole history of a sample or an image")
    why.add_argument("id", help="sample id (source/row) or image id (source/path)")
    report = _command(commands, "report", _report, "write the report of OUT again")
    for stage_parser in (why, report):
        stage_parser.add_argument("--corpus", metavar="FILE", help="the recipe, if OUT holds several")
        stage_parser.add_argument("--out", default="build/corpus", metavar="DIR")
    return parser


def _command(
    commands: argparse._SubParsersAction, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    command.set_defaults(command=run)
    return command


def _reads(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="DIR", help="folder that holds the sources' folders; without it the sample corpus is built")
    command.add_argument("--out", default="build/corpus", metavar="DIR", help="where everything is written (default: %(default)s)")
    command.add_argument("--corpus", metavar="FILE", help="recipe: a file, or the name of a shipped one (default: default)")
    command.add_argument("--sources", metavar="A,B", help="only these sources")
    command.add_argument(
        "--root", action="append", default=[], metavar="ID=DIR", help="the folder of one source, wherever it is; may be repeated"
    )
    command.add_argument("--manifests", action="append", default=[], metavar="DIR", help="manifests of your own beside the shipped ones")
    command.add_argument("--limit", type=_positive, metavar="N", help="read at most N rows of each table")


def _looks(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", help="id of a source, or <id>@benchmark")
    command.add_argument("--data", metavar="DIR", help="folder that holds the sources' folders")
    command.add_argument("--root", action="append", default=[], metavar="ID=DIR", help="the folder of the source, wherever it is")
    command.add_argument("--manifests", action="append", default=[], metavar="DIR", help="manifests of your own; may be repeated")
    command.add_argument("--limit", type=_positive, default=1000, metavar="N", help="rows of each table to read (default: %(default)s)")
    command.add_argument("--show", type=_count, default=2, metavar="N", help="samples of each table to show (default: %(default)s)")
    command.add_argument("--whole", action="store_true", help="do not cut long turns")
    command.add_argument("--out", default="build/corpus", help=argparse.SUPPRESS)  # where a run has looked into archives


def _runs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workers", type=_positive, metavar="N", help="cores to use (default: all)")
    command.add_argument(
        "--buckets", type=_power_of_two, metavar="N", help="buckets of each table, a power of two (default 8; 256 from 50 M samples)"
    )
    _looks_at_pictures(command)
    command.add_argument("--network", action="store_true", help="models may be fetched from the hub")
    command.add_argument(
        "--rewrite-server", metavar="URL", help="of a model server with an OpenAI-style API, for recipes with `rewrite` (http://localhost:8000)"
    )
    command.add_argument("--rewrite-cache", metavar="DIR", help="where its answers are kept, and read from (default: OUT/cache/rewrite)")
    command.add_argument("--rewrite-parallel", type=_positive, default=8, metavar="N", help="requests at a time (default: %(default)s)")
    command.add_argument("--hash-inputs", action="store_true", help="tell changed files by content, not by size and time")
    command.add_argument("--allow-credentialed", action="store_true", help="credentialed sources may go to a remote OUT or runner")
    command.add_argument("--shared-filesystem", action="store_true", help="all workers of a remote runner see the local folders")


def _looks_at_pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--tagger", default="auto", metavar="MODEL",
        help="what looks at pictures: auto (biomedclip where its weights are, else pixels), biomedclip, pixels, none, "
             "open_clip:ARCHITECTURE/TAG, open_clip:FOLDER",
    )  # fmt: skip
    command.add_argument("--weights", metavar="DIR", help="BiomedCLIP in its published layout (default: the hub's cache)")
    command.add_argument("--probe", metavar="FILE", help="a head that 'probe' fitted; 'default' is the model's own")


def _fits(command: argparse.ArgumentParser) -> None:
    command.add_argument("--labels", metavar="FILE", help="CSV of pictures: file, modality; source, group, figure_type, license")
    command.add_argument("--data", metavar="DIR", help="or the folder that holds the sources' folders: those that declare their modality")
    command.add_argument("--embedder", default="pixels", metavar="MODEL", help="pixels (default), biomedclip, open_clip:NAME, or a folder")
    command.add_argument("--weights", metavar="DIR", help="BiomedCLIP in its published layout (default: the hub's cache)")
    command.add_argument("--network", action="store_true", help="models may be fetched from the hub")
    command.add_argument("--augment", type=_count, default=0, metavar="N", help="copies of each picture as other places would publish it")
    command.add_argument("--drawn", action="store_true", help="learn from drawn charts, diagrams and pages too")
    command.add_argument("--carried", action="store_true", help="and from real pictures that installed packages carry")
    command.add_argument("--folds", type=_count, default=10, metavar="N", help="about; 0: one source at a time (default: %(default)s)")
    command.add_argument("--penalty", type=_above_zero, metavar="X", help="of weights (default: chosen on what is held out)")
    command.add_argument("--per-source", type=_positive, default=2000, metavar="N", help="pictures of a class of a source (default: 2000)")
    command.add_argument("--attribute", metavar="NAME", help="of its scores, with a version (default: modality_<embedder>_probe_v1)")
    command.add_argument("--out", metavar="FILE", help="the probe, FILE.npz; its report stands beside it as FILE.json")
    command.add_argument("--out-run", metavar="DIR", help="OUT in which the sources of --data are read (default: none is kept)")
    command.add_argument("--sources", metavar="A,B", help="only these sources")
    command.add_argument("--root", action="append", default=[], metavar="ID=DIR", help="the folder of one source; may be repeated")
    command.add_argument("--manifests", action="append", default=[], metavar="DIR", help="manifests of your own beside the shipped ones")
    command.add_argument("--limit", type=_positive, metavar="N", help="read at most N rows of each table")
    command.add_argument("--workers", type=_positive, metavar="N", help="cores to use (default: all)")
    command.add_argument("--reliabilities", metavar="OUT", help="instead: from a finished OUT how often each witness is right")
    command.add_argument("--corpus", metavar="FILE", help="recipe of the run that --reliabilities reads, if OUT holds several")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: wanted a number above 0")
    return number


def _count(text: str) -> int:
    return 0 if text.strip() == "0" else _positive(text)


def _power_of_two(text: str) -> int:
    number = _positive(text)
    if number & (number - 1):
        raise argparse.ArgumentTypeError(f"{text} is not a power of two")
    return number


def _corpus(given: argparse.Namespace) -> int:
    from pipelines.corpus import print_outcome, run_corpus
    from pipelines.options import corpus_options

    return print_outcome(run_corpus(corpus_options(given)))


def _plan(given: argparse.Namespace) -> int:
    from pipelines.options import corpus_options
    from pipelines.plan import print_catalogue, print_plan

    options = corpus_options(given, sample=False)
    return print_catalogue(options) if given.markdown else print_plan(options, missing=given.missing)


def _preview(given: argparse.Namespace) -> int:
    from pipelines.preview import preview_of, print_preview

    return print_preview(preview_of(given))


def _doctor(given: argparse.Namespace) -> int:
    from pipelines.doctor import print_doctor

    return print_doctor(given.tagger, given.weights, given.probe)


def _probe(given: argparse.Namespace) -> int:
    from pipelines.probe import print_probe

    return print_probe(given)


def _why(given: argparse.Namespace) -> int:
    from pipelines.why import print_why

    return print_why(given.id, out=_existing(given.out), recipe=given.corpus)


def _report(given: argparse.Namespace) -> int:
    from pipelines.report import print_report

    return print_report(out=_existing(given.out), recipe=given.corpus)


def _existing(out: str) -> str:
    from pipelines.run import UsageError

    if not Path(out, "run.json").is_file():
        raise UsageError(f"{out}: no run.json; 'make corpus' writes it")
    return out


if __name__ == "__main__":
    sys.exit(main())
