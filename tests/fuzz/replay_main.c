/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays files, and the files of folders, through a fuzz target.
 */

#include "api/base/buf.h"
#include "api/base/file.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_INPUT_BYTES = 16 * 1024 * 1024 };

static struct error *replay_file(const char *path)
{
    cleanup_buf struct buf input = BUF_INIT(MAX_INPUT_BYTES);
    TRY(file_read(path, &input));
    printf("%s (%zu bytes)\n", path, input.length);
    fflush(stdout);
    LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&input), input.length);
    return NULL;
}

static struct error *replay_folder(const char *path, size_t *n_files)
{
    struct dirent **entries;
    int n_entries = scandir(path, &entries, NULL, alphasort);
    if (n_entries < 0)
        return error_not_found("read folder %s", path);
    struct error *err = NULL;
    for (int i = 0; i < n_entries; i++) {
        char file[4096];
        snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        if (!err && entries[i]->d_name[0] != '.') {
            err = replay_file(file);
            ++*n_files;
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

int main(int argc, char **argv)
{
    size_t n_files = 0;
    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool is_folder = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);
        cleanup_error struct error *err = is_folder ? replay_folder(argv[i], &n_files) : replay_file(argv[i]);
        n_files += !is_folder;
        if (err) {
            fprintf(stderr, "%s\n", err->text);
            return 1;
        }
    }
    return n_files ? 0 : 1;
}
