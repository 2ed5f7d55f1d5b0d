/* Reads the script of a device and lets happen what it says: see scriptable.h. */
#include "scriptable.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const STATUS[] = {"GOOD", "UNSUPPORTED", "CANCELLED", "DEVICE_BUSY", "INVAL", "EOF", "JAMMED", "NO_DOCS",
                                     "COVER_OPEN", "IO_ERROR", "NO_MEM", "ACCESS_DENIED"};

void beside(char *path, const char *name, const char *suffix)
{
    snprintf(path, 2 * LINE, "%s/%s.%s", getenv("SANE_CONFIG_DIR"), name, suffix);
}

/* The rest of the n-th line (from 0) that begins with a key; the last such line if there are fewer and `last`. */
int find_line(const char *name, const char *key, int n, int last, char *rest)
{
    char path[2 * LINE], line[LINE];
    int found = 0;
    beside(path, name, "device");
    FILE *file = fopen(path, "r");
    rest[0] = 0;
    while (file && fgets(line, LINE, file) && found <= n) {
        line[strcspn(line, "\n")] = 0;
        size_t length = strcspn(line, " ");
        if (length != strlen(key) || strncmp(line, key, length))
            continue;
        if (found++ == n || last)
            strcpy(rest, line + length + (line[length] == ' '));
    }
    if (file)
        fclose(file);
    return found > n || (last && found);
}

/* Whether a word stands in a line; what stands behind its `=`. */
int find_word(const char *line, const char *key, char *value)
{
    char copy[LINE], *save, *word;
    strcpy(copy, line);
    for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        size_t length = strcspn(word, "=");
        if (length == strlen(key) && !strncmp(word, key, length)) {
            strcpy(value, word + length + (word[length] == '='));
            return 1;
        }
    }
    return 0;
}

int number_in(const char *line, const char *key, int otherwise)
{
    char value[LINE];
    return find_word(line, key, value) ? atoi(value) : otherwise;
}

int is_listed(const char *device, const char *key, const char *name)
{
    char line[LINE], *save, *one;
    find_line(device, key, 0, 0, line);
    for (one = strtok_r(line, ",", &save); one; one = strtok_r(NULL, ",", &save))
        if (!strcmp(one, name))
            return 1;
    return 0;
}

int read_count(const char *name, const char *suffix)
{
    char path[2 * LINE];
    int count = 0;
    beside(path, name, suffix);
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%d", &count) != 1)
            count = 0;
        fclose(file);
    }
    return count;
}

/* By a rename, so that a test never reads an empty file. */
void write_count(const char *name, const char *suffix, int count)
{
    char path[2 * LINE], part[2 * LINE + 8];
    beside(path, name, suffix);
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "w");
    if (file) {
        fprintf(file, "%d", count);
        fclose(file);
        rename(part, path);
    }
}

SANE_Status status_named(const char *name)
{
    for (int code = 0; code < (int)(sizeof STATUS / sizeof *STATUS); code++)
        if (!strcmp(STATUS[code], name))
            return code;
    fprintf(stderr, "scriptable: no such status or deed: %s\n", name);
    abort();
}

static void pull_out(const char *name)
{
    char path[2 * LINE], away[2 * LINE];
    beside(path, name, "device");
    beside(away, name, "unplugged");
    rename(path, away);
}

/* Let happen what a line says of a call. */
SANE_Status happen(const char *name, const char *line, const char *call)
{
    char what[LINE], *save, *one;
    if (!find_word(line, call, what))
        return SANE_STATUS_GOOD;
    for (one = strtok_r(what, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
        if (!strcmp(one, "hang"))
            for (;;)
                pause();
        else if (!strcmp(one, "crash"))
            signal(SIGSEGV, SIG_DFL), raise(SIGSEGV);
        else if (!strcmp(one, "signals"))
            signal(SIGTERM, SIG_DFL), signal(SIGPIPE, SIG_DFL);
        else if (!strncmp(one, "wait:", 5))
            usleep((useconds_t)(atof(one + 5) * 1e6));
        else if (!strcmp(one, "unplug")) {
            pull_out(name);
            return SANE_STATUS_IO_ERROR;
        } else
            return status_named(one);
    }
    return SANE_STATUS_GOOD;
}

/* What every call to an open device begins with: is it there still, and what does the script say of such calls? */
SANE_Status begin(Scanner *s, const char *call)
{
    char path[2 * LINE], line[LINE];
    beside(path, s->name, "device");
    find_line(s->name, "plug", 0, 0, line);
    if (access(path, R_OK) || atoi(line) != s->plug)
        s->gone = 1;
    if (s->gone)
        return SANE_STATUS_IO_ERROR;
    find_line(s->name, "calls", 0, 0, line);
    return happen(s->name, line, call);
}
