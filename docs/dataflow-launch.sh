#!/usr/bin/env bash
# --launch 'docs/dataflow-launch.sh': start Dataflow's template of one stage and wait for its end. Status 0: the job is done.
# Needs gcloud, and from the environment
#   TEMPLATES   gs://.../templates, where the templates of one OUT lie, as 'graph' wrote them
#   REGION      of the data
#   PROJECT     if it is not gcloud's own
#   MACHINE     type of worker machines, if it is not the one that the template was built with (--machine_type)
#   WORKERS     at most so many machines, if not as the template says (--max_num_workers)
#   EVERY       seconds between two looks at the job: 20
# MACHINE_match, WORKERS_emit and the like are for one stage, before those for all.
set -euo pipefail
stage="${1:?the name of a stage}"
project="${PROJECT:-$(gcloud config get-value project)}"
templates="${TEMPLATES:?where the templates lie}"
templates="${templates%/}"
region="${REGION:?the region of the data}"
of_stage() {
    local own="$1_$stage"
    echo "${!own:-${!1:-}}"
}
machine=$(of_stage MACHINE)
workers=$(of_stage WORKERS)

# One job at a time of a stage of one OUT, which its folder of templates stands for: Dataflow refuses a second one of the same name in a
# project and region, so that a driver that was lost and the next never write at once.
name="medical-corpus-$stage-$(printf %s "$templates" | cksum | cut -d ' ' -f 1)"
job=$(gcloud dataflow jobs run "$name" --project "$project" --region "$region" --gcs-location "$templates/$stage.json" \
    ${machine:+--worker-machine-type "$machine"} ${workers:+--max-workers "$workers"} --format 'value(id)')
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
