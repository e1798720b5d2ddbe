#!/bin/bash
# Trains on two nodes of a Slurm cluster, one worker a node: sbatch deploy/slurm.sh DRAWINGS RESULTS
#SBATCH --job-name=qd-train
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail

drawings=${1:?name the folder of drawings}
results=${2:?name the folder for the weights}
port=5000

workers=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/\$/:$port/" | paste -sd, -)
export workers drawings results

# Each worker starts itself again after a failure; a job that is requeued goes on from its checkpoints.
srun --kill-on-bad-exit=1 bash -c 'exec qdtools train --workers "$workers" --index "$SLURM_PROCID" \
  --data-dir "$drawings" --categories all --from scratch --out "$results/models"'
