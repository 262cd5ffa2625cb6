#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# simulate as people call it: its output, byte by byte, and its exit status.
#
#   run.sh KUBECTL-TRANCHE FOLDER
set -u
program=$1 folder=$2 failed=0

check() { # WANTED-FILE WANTED-STATUS ARGUMENT...
    file=$1 wanted=$2
    shift 2
    "$program" simulate -f "$folder/cluster.yaml" "$@" > out.$$
    status=$?
    [ "$status" = "$wanted" ] || { echo "simulate $*: exit status $status, not $wanted"; failed=1; }
    diff -u "$folder/$file" out.$$ || { echo "simulate $*: differs from $file"; failed=1; }
    rm -f out.$$
}

check table.txt 1
check list.yaml 1 -o yaml
check together.txt 1 --node w-2
exit $failed
