#!/usr/bin/env bash
# --launch 'docs/dataflow-launch.sh': start Dataflow's template of one stage and wait for its end. Status 0: the job is done.
# Needs gcloud, and TEMPLATES (gs://.../templates, as 'graph' wrote them), REGION; PROJECT and WORKERS if they are not gcloud's own.
set -euo pipefail
stage="${1:?the name of a stage}"
project="${PROJECT:-$(gcloud config get-value project)}"
template="${TEMPLATES:?where the templates lie}/$stage.json"
region="${REGION:?the region of the data}"

# One job of a stage at a time: Dataflow refuses a second one of the same name in a project and region.
job=$(gcloud dataflow jobs run "medical-corpus-$stage" --project "$project" --region "$region" --gcs-location "$template" \
    ${WORKERS:+--max-workers "$WORKERS"} --format 'value(id)')
trap 'gcloud dataflow jobs cancel "$job" --project "$project" --region "$region"' INT TERM
while true; do
    state=$(gcloud dataflow jobs describe "$job" --project "$project" --region "$region" --format 'value(currentState)' || true)
    case "$state" in
    JOB_STATE_DONE) exit 0 ;;
    JOB_STATE_FAILED | JOB_STATE_CANCELLED | JOB_STATE_UPDATED | JOB_STATE_DRAINED)
        echo "$stage: job $job ended in $state" >&2
        exit 1
        ;;
    esac
    sleep "${EVERY:-20}"
done
