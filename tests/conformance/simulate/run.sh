#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# simulate as people call it: its output, byte by byte, and its exit status.
#
#   run.sh KUBECTL-TRANCHE FOLDER
set -u
program=$1 folder=$2 failed=0

check() { # OBJECTS WANTED-FILE WANTED-STATUS ARGUMENT...
    objects=$1 file=$2 wanted=$3
    shift 3
    "$program" simulate -f "$folder/$objects" "$@" > out.$$
    status=$?
    [ "$status" = "$wanted" ] || { echo "simulate -f $objects $*: exit status $status, not $wanted"; failed=1; }
    diff -u "$folder/$file" out.$$ || { echo "simulate -f $objects $*: differs from $file"; failed=1; }
    rm -f out.$$
}

check cluster.yaml table.txt 1
check cluster.yaml list.yaml 1 -o yaml
check cluster.yaml together.txt 1 --node w-2
check placement.yaml placement.txt 0
exit $failed
