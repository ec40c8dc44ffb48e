"""The commands of the command line: name, arguments, and what runs it"""

from __future__ import annotations

import argparse
import contextlib
import gc
from collections.abc import Callable, Iterator

from pipelines.arguments import compares, draws, exports, fits, looks, looks_at_pictures, reads, runs, verifies
from pipelines.given import Parser, place_name

CANNOT = "2 the command cannot be run"
TO_BEAM = "Flags that are not listed go to Beam (--runner=PortableRunner --job_endpoint=..., --direct_running_mode=multi_processing)."
REFUSED = "Flags that are not listed are refused."
EPILOG = "The --help of each command tells its exit statuses, and whether flags that it does not list go to Beam."
RUN = f"""\
Exit status: 0 the run is complete and the account closes; 1 the run failed; {CANNOT};
3 the run is incomplete (files that could not be read).
{TO_BEAM}"""
PLANNED = f"""\
Exit status: 0 every source that was found fits a layout of its manifest; {CANNOT}; 3 one fits none.
Flags that are not listed are Beam's, and are looked at as a run does."""
PREVIEWED = f"""\
Exit status: 0 there are samples, and every file could be read; {CANNOT}; 3 no row became a sample, or a file has a fault.
{REFUSED}"""
EXAMINED = f"""\
Exit status: 0 a run finds here what it needs; 1 something is missing; {CANNOT}: its flags do not go together.
{REFUSED}"""
FITTED = f"""\
Exit status: 0 it is written; {CANNOT}; 3 the probe is written without pictures that could not be read.
With --data, flags that are not listed go to Beam; else they are refused."""
TOLD = f"""\
Exit status: 0 the history is told; {CANNOT}: there is no run, or nothing of that id in it.
{REFUSED}"""
REPORTED = f"""\
Exit status: 0 the report is written and the account closes; 1 the account does not close; {CANNOT}: there is no run that is done.
{REFUSED}"""
GRAPHED = f"""\
Exit status: 0 the graphs are written; 1 one of them holds what it must not, a line for each; {CANNOT}.
{TO_BEAM}"""
VERIFIED = f"""\
Exit status: 0 the copy is whole; 1 it is not, every damage in a line; {CANNOT}. {REFUSED}
What nobody else tells no copy can: whoever writes shards, cards and index anew makes another whole corpus. So compare the SHA-256 of
index.json with the one that its maker gives (--sha256)."""
EXPORTED = f"""\
Exit status: 0 the export is whole; 1 it failed, every fault in a line; {CANNOT}, the corpus is not whole.
{REFUSED}"""
COMPARED = f"""\
Exit status: 0 the two are equal: the same samples, verdicts and rows; 1 they differ; 2 they cannot be compared.
{REFUSED}"""
STAGES = ("ingest", "inspect", "screen", "rewrite", "match", "shield", "dedup", "tag", "balance", "emit")  # each a command


def command_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipelines",
        description="Curate medical data sets into a balanced corpus.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    corpus = _command(commands, "corpus", _corpus, "make the corpus: every stage, each doing only what is missing", RUN)
    reads(corpus)
    runs(corpus)
    for name in STAGES:
        stage = _command(commands, name, _stage, f"the stages up to {name}, each doing only what is missing", RUN)
        stage.set_defaults(stage=name)
        reads(stage)
        runs(stage)
    plan = _command(commands, "plan", _plan, "what would run: sources found and missing, counts, policies", PLANNED)
    reads(plan, without="what could be there is told")
    plan.add_argument("--missing", action="store_true", help="tell all of the sources that are not found, as without --data")
    plan.add_argument("--markdown", action="store_true", help="every source and benchmark as Markdown: manifests/SOURCES.md")
    preview = _command(commands, "preview", _preview, "what a manifest makes of the first rows", PREVIEWED)
    looks(preview)
    doctor = _command(commands, "doctor", _doctor, "look at this machine: packages, GPU, model weights, disk, engines", EXAMINED)
    looks_at_pictures(doctor)
    fitted = "fit a head on pictures whose modality is known; or say how often each witness is right"
    probe = _command(commands, "probe", _probe, fitted, FITTED)
    fits(probe)
    why = _command(commands, "why", _why, "the whole history of a sample or an image", TOLD)
    why.add_argument("id", help="sample id (source/row) or image id (source/path)")
    report = _command(commands, "report", _report, "write the report of OUT again", REPORTED)
    for stage_parser in (why, report):
        stage_parser.add_argument("--corpus", metavar="FILE", help="the recipe, if OUT holds several")
        stage_parser.add_argument("--out", type=place_name, default="build/corpus", metavar="DIR")
    drawn = "the graph of every stage for another engine, before anything has run; and its size"
    graph = _command(commands, "graph", _graph, drawn, GRAPHED)
    reads(graph, without="no graph is built; it need not be there yet")
    runs(graph)
    draws(graph)
    for showing in (plan, preview, doctor, why):
        showing.set_defaults(shows=True)  # and writes nothing
    exports(_command(commands, "export", _export, "write a corpus anew as another loader reads it: tars, or JSON and images", EXPORTED))
    verifies(_command(commands, "verify", _verify, "is a copy whole? OUT, or the folder of a corpus, byte by byte", VERIFIED))
    compares(_command(commands, "diff", _diff, "what came, went and changed between two runs, or two corpora, and why", COMPARED))
    return parser


def _command(
    commands: argparse._SubParsersAction, name: str, run: Callable[[argparse.Namespace], int], text: str, epilog: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    command.set_defaults(command=run, name=name, faults=())
    return command


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """What is imported stays: to look for garbage in it, again and again while it grows, takes a sixth of the start."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _corpus(given: argparse.Namespace) -> int:
    with _loading():
        from pipelines.corpus import print_outcome, run_corpus
        from pipelines.options import corpus_options

    return print_outcome(run_corpus(corpus_options(given)))


def _stage(given: argparse.Namespace) -> int:
    with _loading():
        from pipelines.corpus import print_outcome, run_until
        from pipelines.options import corpus_options

    return print_outcome(run_until(corpus_options(given), given.stage))


def _plan(given: argparse.Namespace) -> int:
    from pipelines.options import corpus_options
    from pipelines.plan import print_catalogue, print_plan

    options = corpus_options(given, sample=False)
    return print_catalogue(options) if given.markdown else print_plan(options, missing=given.missing)


def _preview(given: argparse.Namespace) -> int:
    from pipelines.preview import preview_of, print_preview

    return print_preview(preview_of(given))


def _graph(given: argparse.Namespace) -> int:
    from pipelines.graphs import print_graphs

    return print_graphs(given)


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


def _export(given: argparse.Namespace) -> int:
    from pipelines.export import print_export

    return print_export(given)


def _verify(given: argparse.Namespace) -> int:
    from pipelines.verify import print_verify

    return print_verify(given.folder, quick=given.quick, workers=given.workers, sha256=given.sha256)


def _diff(given: argparse.Namespace) -> int:
    from pipelines.diff import print_diff

    return print_diff(given.before, given.now, json=given.json, ids=given.ids, quick=given.quick)


def _existing(out: str) -> str:
    from pipelines.place import place
    from pipelines.run import UsageError

    if not place(out, "run.json").is_file():
        raise UsageError(f"{out}: no run.json; 'make corpus' writes it")
    return out
