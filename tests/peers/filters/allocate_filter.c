/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `simulate --batch` as a program of its own, for the comparison with Kubernetes' allocator.
 */

#include "controller/kubectl/simulate.h"

#include <stddef.h>

int main(void)
{
    char *arguments[] = { "simulate", "--batch", NULL };
    return kubectl_simulate(2, arguments);
}
