"""samples whose answers are to be written anew -> the answers, asked of the server that the command line names and kept"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from curate.models.chat import Question
from curate.models.server import Server, ServerError, read_address
from curate.rewrite.prompts import load_prompt
from curate.rewrite.rewrite import questions
from pipelines.answers import Answers
from pipelines.place import place
from pipelines.progress import Meter, Reporter
from pipelines.run import Options, Run, UsageError
from pipelines.stage import Unit
from schemas.sample import Sample


def cache_folder(options: Options) -> str:
    return options.rewrite_cache or str(place(options.out, "cache", "rewrite"))


def resolve_rewrite(options: Options, before: Mapping[str, Any]) -> dict[str, Any]:
    """{} where the recipe has no rewrite; else what a run records of it. Where the server stands on is no part of that: only whether
    credentialed text may be asked of it; without a server that is as it was before. Raises UsageError where the server is named and is
    not there, or no answer could come from anywhere."""
    rewrite = options.recipe.rewrite
    if rewrite is None:
        return {}
    prompt = load_prompt(rewrite.prompt)
    credentialed = before.get("rewrite", {}).get("credentialed", "asked")
    if options.rewrite_server:
        credentialed = "asked" if read_address(options.rewrite_server).is_here else "refused"
    return {"rewrite": {"name": f"{rewrite.model}, prompt {prompt.name} {prompt.version}", "credentialed": credentialed}}


def check_server(options: Options) -> None:
    """Before anything runs: a rewrite that is still to be done has a server that answers, or answers that were kept. Raises UsageError."""
    rewrite = options.recipe.rewrite
    if rewrite is None or place(options.out, "stages", "rewrite", options.recipe.id, "index.json").is_file():
        return
    if options.rewrite_server:
        _check_model(Server(read_address(options.rewrite_server)), rewrite.model)
    elif Answers(place(cache_folder(options))).is_empty():
        raise UsageError(
            f"the recipe '{options.recipe.id}' has answers rewritten by '{rewrite.model}': name a server of it by --rewrite-server, "
            f"or answers that were kept by --rewrite-cache ({cache_folder(options)} holds none)"
        )


def _check_model(server: Server, model: str) -> None:
    """A server that does not tell what it has is taken at its word when it is asked."""
    try:
        models = server.models()
    except ServerError as error:
        raise UsageError(f"--rewrite-server {error}") from error
    if models and model not in models:
        raise UsageError(f"--rewrite-server {server.address}: has no model '{model}'; it has {', '.join(sorted(models)[:10])}")


def ask_all(run: Run, samples_of: Callable[[Unit], Iterable[Sample]], units: Sequence[Unit]) -> None:
    """Every answer that the samples of `units` take and that is not kept yet. Raises UsageError where there are some and no server is
    named, ServerError where it fails: what was answered until then is kept, and the same command goes on from there."""
    answers = Answers(place(cache_folder(run.options)))

    def missing() -> Iterator[tuple[Question, bool]]:
        seen = set()
        for unit in units:
            for question, private in _questions(run, samples_of(unit)):
                if question.key not in seen and answers.get(question.key) is None:
                    seen.add(question.key)
                    yield question, private

    total = sum(1 for _ in missing())
    if not total:
        return
    if not run.options.rewrite_server:
        raise UsageError(f"{total:,} answers are not in {answers.folder}: --rewrite-server URL asks for them")
    server = Server(read_address(run.options.rewrite_server))
    with Meter("rewrite", total, "answers") as meter:
        reporter = Reporter(meter.address)
        _ask(server, missing(), answers, reporter, threads=run.options.rewrite_parallel)
        reporter.flush()
    print(f"{'rewrite':<8} {total:,} answers asked of {server.address}", file=sys.stderr)


def _questions(run: Run, samples: Iterable[Sample]) -> Iterator[tuple[Question, bool]]:
    """With whether the question is private: of a credentialed sample. It is left out where none may be asked."""
    rewrite = run.recipe.rewrite
    assert rewrite is not None, "plan_rewrite has looked"
    prompt = load_prompt(rewrite.prompt)
    for sample in samples:
        private = sample.access == "credentialed"
        if not (private and run.resolved["rewrite"]["credentialed"] == "refused"):
            yield from ((question, private) for question in questions(sample, rewrite, prompt))


def _ask(server: Server, asked: Iterable[tuple[Question, bool]], answers: Answers, reporter: Reporter, *, threads: int) -> None:
    """All of them, `threads` at a time; the first that fails ends the others. In what order answers come decides nothing."""

    def one(question: Question, private: bool) -> None:
        answers.put(question.key, server.ask(question, private=private))
        reporter.step()

    waiting: set[Future[None]] = set()
    pool = ThreadPoolExecutor(threads)
    try:
        for question, private in asked:
            if len(waiting) >= 2 * threads:
                waiting = _settled(waiting)
            waiting.add(pool.submit(one, question, private))
        while waiting:
            waiting = _settled(waiting)
    finally:
        server.stop()  # none is left but where one failed, or the user has had enough
        pool.shutdown(wait=False, cancel_futures=True)


def _settled(waiting: set[Future[None]]) -> set[Future[None]]:
    """Those still under way once one at least has ended. Raises what one raised."""
    done, under_way = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return under_way
