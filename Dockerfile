# syntax=docker/dockerfile:1.7
# The workers of a remote engine: this program, its pinned packages and, if wanted, the weights of the model that looks at pictures.
#
#     docker build -t IMAGE .                                       for Flink and other engines: not root
#     docker build -t IMAGE --target dataflow .                     for Dataflow
#     docker build -t IMAGE --build-arg WEIGHTS=weights/ .          with BiomedCLIP from ./weights, in its published layout
#
# Python is the driver's: workers read what it pickled.
ARG PYTHON=3.11
ARG BEAM=2.77.0

FROM apache/beam_python${PYTHON}_sdk:${BEAM} AS sdk

FROM python:${PYTHON}-slim AS corpus
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 HF_HOME=/opt/hub HF_HUB_OFFLINE=1 RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1 \
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

# What changes least comes first: packages, then the program, then weights.
WORKDIR /opt/corpus
COPY constraints.txt ./
RUN pip install uv && uv pip install --system --compile-bytecode --constraint constraints.txt apache-beam torch torchvision
COPY pyproject.toml README.md LICENSE ./
COPY schemas/ schemas/
COPY curate/ curate/
COPY manifests/ manifests/
COPY pipelines/ pipelines/
RUN uv pip install --system --compile-bytecode --constraint constraints.txt . && python -m pipelines doctor --tagger pixels

# A folder with the published files, or (as given) one that has none. They lie where the hub's client would have put them.
ARG WEIGHTS=LICENSE
COPY ${WEIGHTS} /opt/weights/
RUN set -eu; \
    if [ -f /opt/weights/open_clip_config.json ]; then \
        model="$HF_HOME/hub/models--microsoft--BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"; \
        mkdir -p "$model/refs" "$model/snapshots"; \
        ln -s /opt/weights "$model/snapshots/baked"; \
        printf baked > "$model/refs/main"; \
    fi

# What starts a worker, and tells it its work: Beam's own.
COPY --from=sdk /opt/apache/beam /opt/apache/beam
RUN useradd --create-home --uid 10001 corpus
USER corpus
WORKDIR /home/corpus
ENTRYPOINT ["/opt/apache/beam/boot"]

# Dataflow mounts folders that belong to root (/var/opt/google), and its workers write there.
FROM corpus AS dataflow
USER root

# The one that is built where no target is named.
FROM corpus
