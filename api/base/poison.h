/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Under AddressSanitizer, memory that is ours but in nobody's use, so that running over an object's end is
 * found. Otherwise nothing.
 */

#if defined(__SANITIZE_ADDRESS__)
#define POISONS_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS_MEMORY 1
#endif
#endif

#ifdef POISONS_MEMORY
#include <sanitizer/asan_interface.h>
#define poison(at, size)   ASAN_POISON_MEMORY_REGION(at, size)
#define unpoison(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define poison(at, size)   ((void)(at), (void)(size))
#define unpoison(at, size) ((void)(at), (void)(size))
#endif
