"""ArgumentParser -> the same, with the arguments that a kind of command takes"""

from __future__ import annotations

import argparse

from pipelines.given import above_zero, buckets, count, here, memory, one_of, place_name, positive, words

ACCELERATOR = "type:nvidia-tesla-t4;count:1;install-nvidia-driver"  # the one that Dataflow adds to any machine of its general kind

LOADERS = ("webdataset", "llava", "swift", "llamafactory")
MANIFESTS, RECIPE, WEIGHTS = (here(f"{what} are read from") for what in ("manifests", "recipes", "weights"))


def reads(command: argparse.ArgumentParser, *, without: str = "the sample corpus is built") -> None:
    command.set_defaults(beam=True)
    command.add_argument(
        "--data", type=place_name, metavar="DIR", help=f"folder that holds the sources' folders; without it {without}"
    )
    command.add_argument(
        "--out", type=place_name, default="build/corpus", metavar="DIR", help="where everything is written (default: %(default)s)"
    )
    command.add_argument("--corpus", type=RECIPE, metavar="FILE", help="recipe: a file, or the name of a shipped one (default: default)")
    command.add_argument("--sources", metavar="A,B", help="only these sources")
    command.add_argument(
        "--root", action="append", default=[], metavar="ID=DIR", help="the folder of one source, wherever it is; may be repeated"
    )
    command.add_argument(
        "--manifests", action="append", default=[], type=MANIFESTS, metavar="DIR", help="manifests of your own beside the shipped ones"
    )
    command.add_argument("--limit", type=positive, metavar="N", help="read at most N rows of each table")


def looks(command: argparse.ArgumentParser) -> None:
    command.set_defaults(beam=True)  # it tells of flags that nobody takes with all else that is wrong
    command.add_argument("source", help="id of a source, or <id>@benchmark")
    command.add_argument("--data", type=place_name, metavar="DIR", help="folder that holds the sources' folders")
    command.add_argument("--root", action="append", default=[], metavar="ID=DIR", help="the folder of the source, wherever it is")
    command.add_argument(
        "--manifests", action="append", default=[], type=MANIFESTS, metavar="DIR", help="manifests of your own; may be repeated"
    )
    command.add_argument("--limit", type=positive, default=1000, metavar="N", help="rows of each table to read (default: %(default)s)")
    command.add_argument("--show", type=count, default=2, metavar="N", help="samples of each table to show (default: %(default)s)")
    command.add_argument("--whole", action="store_true", help="do not cut long turns")
    command.add_argument("--out", type=place_name, default="build/corpus", help=argparse.SUPPRESS)  # where a run has looked into archives


def runs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workers", type=positive, metavar="N", help="cores to use (default: all)")
    command.add_argument(
        "--buckets", type=buckets, metavar="N", help="buckets of each table, a power of two (default: by the rows there are)"
    )
    command.add_argument(
        "--memory", type=memory, metavar="SHARE", help="what a stage may hold of the memory there is; or an amount, 12GB (default: 0.5)"
    )
    looks_at_pictures(command)
    command.add_argument(
        "--accelerator", nargs="?", const=ACCELERATOR, metavar="HINT",
        help="GPUs of a remote engine that the model, and nothing else, runs on, as Beam's resource hint (without HINT: "
             f"{ACCELERATOR}); the model then counts as one on a GPU, whatever this machine has",
    )  # fmt: skip
    command.add_argument("--network", action="store_true", help="models may be fetched from the hub")
    command.add_argument(
        "--rewrite-server", metavar="URL", help="of a model server with an OpenAI-style API, for recipes with `rewrite` (http://localhost:8000)"
    )
    command.add_argument(
        "--rewrite-cache", type=place_name, metavar="DIR", help="where its answers are kept, and read from (default: OUT/cache/rewrite)"
    )
    command.add_argument("--rewrite-parallel", type=positive, default=8, metavar="N", help="requests at a time (default: %(default)s)")
    command.add_argument(
        "--launch", type=words, metavar="COMMAND",
        help="have COMMAND STAGE run the graph of each stage that has something to do, which 'graph' has written before",
    )  # fmt: skip
    command.add_argument("--hash-inputs", action="store_true", help="tell changed files by content, not by size and time")
    command.add_argument("--allow-credentialed", action="store_true", help="credentialed sources may go to a remote OUT or runner")
    command.add_argument("--shared-filesystem", action="store_true", help="all workers of a remote runner see the local folders")


def draws(command: argparse.ArgumentParser) -> None:
    stages = ("all", "ingest", "inspect", "screen", "rewrite", "match", "shield", "dedup", "embed", "tag", "balance", "emit", "report")
    command.add_argument(
        "--stage", default="all", type=one_of(stages), metavar="STAGE",
        help=f"one stage's alone: {', '.join(stages[1:])} (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--assume-rows", type=positive, default=1_000_000, metavar="N", help="samples to size for (default: 1,000,000)")
    command.add_argument(
        "--to", required=True, type=here("graphs are written to"), metavar="DIR",
        help="writes DIR/STAGE.pb, Beam's pipeline proto; with --runner=DataflowRunner DIR/STAGE.json too, Dataflow's template",
    )  # fmt: skip


def looks_at_pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--tagger", default="auto", metavar="MODEL",
        help="what looks at pictures: auto (biomedclip where its weights are, else pixels), biomedclip, pixels, none, "
             "open_clip:ARCHITECTURE/TAG, open_clip:FOLDER",
    )  # fmt: skip
    command.add_argument("--weights", type=WEIGHTS, metavar="DIR", help="BiomedCLIP in its published layout (default: the hub's cache)")
    command.add_argument(
        "--probe", type=here("a probe is read from"), metavar="FILE",
        help="a head that 'probe' fitted, which OUT keeps; 'default' is the model's own",
    )  # fmt: skip


def fits(command: argparse.ArgumentParser) -> None:
    command.set_defaults(beam=True)
    command.add_argument(
        "--labels", type=here("labels are read from"), metavar="FILE",
        help="CSV of pictures: file, modality; source, group, figure_type, license",
    )  # fmt: skip
    command.add_argument(
        "--data", type=place_name, metavar="DIR", help="or the folder that holds the sources' folders: those that declare their modality"
    )
    command.add_argument("--embedder", default="pixels", metavar="MODEL", help="pixels (default), biomedclip, open_clip:NAME, or a folder")
    command.add_argument("--weights", type=WEIGHTS, metavar="DIR", help="BiomedCLIP in its published layout (default: the hub's cache)")
    command.add_argument("--network", action="store_true", help="models may be fetched from the hub")
    command.add_argument("--augment", type=count, default=0, metavar="N", help="copies of each picture as other places would publish it")
    command.add_argument("--drawn", action="store_true", help="learn from drawn charts, diagrams and pages too")
    command.add_argument("--carried", action="store_true", help="and from real pictures that installed packages carry")
    command.add_argument("--folds", type=count, default=10, metavar="N", help="about; 0: one source at a time (default: %(default)s)")
    command.add_argument("--penalty", type=above_zero, metavar="X", help="of weights (default: chosen on what is held out)")
    command.add_argument("--per-source", type=positive, default=2000, metavar="N", help="pictures of a class of a source (default: 2000)")
    command.add_argument("--attribute", metavar="NAME", help="of its scores, with a version (default: modality_<embedder>_probe_v1)")
    command.add_argument(
        "--out", type=here("a probe is written to"), metavar="FILE", help="the probe, FILE.npz; its report stands beside it as FILE.json"
    )
    command.add_argument(
        "--out-run", type=place_name, metavar="DIR", help="OUT in which the sources of --data are read (default: none is kept)"
    )
    command.add_argument("--sources", metavar="A,B", help="only these sources")
    command.add_argument("--root", action="append", default=[], metavar="ID=DIR", help="the folder of one source; may be repeated")
    command.add_argument(
        "--manifests", action="append", default=[], type=MANIFESTS, metavar="DIR", help="manifests of your own beside the shipped ones"
    )
    command.add_argument("--limit", type=positive, metavar="N", help="read at most N rows of each table")
    command.add_argument("--workers", type=positive, metavar="N", help="cores to use (default: all)")
    command.add_argument(
        "--reliabilities", type=place_name, metavar="OUT", help="instead: from a finished OUT how often each witness is right"
    )
    command.add_argument("--corpus", type=RECIPE, metavar="FILE", help="recipe of the run that --reliabilities reads, if OUT holds several")
    command.set_defaults(unset=vars(command.parse_args([])))  # what each is where it is not given


def exports(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=place_name, metavar="OUT", help="OUT of a run, or the folder of one corpus as downloaded")
    command.add_argument(
        "--to", required=True, type=one_of(LOADERS), metavar="LOADER", help=f"whose loader shall read it: {', '.join(LOADERS)}"
    )
    command.add_argument(
        "--dest", required=True, type=here("an export is written to"), metavar="DIR",
        help="folder to write; it must not exist, and appears when it is whole",
    )  # fmt: skip
    command.add_argument("--corpus-name", metavar="NAME", help="which corpus, if OUT holds several")
    command.add_argument("--split", metavar="A,B", help="only these splits")
    command.add_argument("--shard-bytes", type=positive, metavar="N", help="no tar is larger, unless one sample is (default: one a shard)")
    command.add_argument("--workers", type=positive, metavar="N", help="cores to use (default: all)")


def verifies(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder", type=place_name, metavar="OUT|CORPUS_FOLDER", help="OUT, or a corpus as it was downloaded: the folder of index.json"
    )
    command.add_argument("--quick", action="store_true", help="names, sizes and footers alone: no row and no image is read")
    command.add_argument("--sha256", metavar="HEX", help="of index.json, as the corpus's maker gives it")
    command.add_argument("--workers", type=positive, metavar="N", help="files to read at once (default: all cores)")


def compares(command: argparse.ArgumentParser) -> None:
    for name, which in (("before", "the one that was"), ("now", "the one that is compared with it")):
        command.add_argument(name, type=place_name, metavar="OUT|CORPUS_FOLDER", help=which)
    command.add_argument("--json", type=here("figures are written to"), metavar="FILE", help="every figure, with ids, as JSON")
    command.add_argument("--ids", type=count, default=3, metavar="N", help="ids to tell of each change (default: %(default)s)")
    command.add_argument("--quick", action="store_true", help="leave the bytes of images unread: pictures are compared by size and pHash")
