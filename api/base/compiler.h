/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The few words that C lacks. Everything here works with gcc and clang alike.
 */

#include <stddef.h>

#define nodiscard                  __attribute__((warn_unused_result))
#define format_printf(text, first) __attribute__((format(printf, text, first)))
#define noreturn_function          __attribute__((noreturn))
#define unused_ok                  __attribute__((unused))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
