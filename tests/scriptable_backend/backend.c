/* A SANE backend that does what a text file says: see scriptable.h. Built as libsane-scriptable.so.1 and loaded by the real
   libsane. */
#include "scriptable.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Devices */

SANE_Status CALL(init)(SANE_Int *version, SANE_Auth_Callback authorize)
{
    (void)authorize;
    if (version)
        *version = SANE_VERSION_CODE(1, 0, 1);
    return SANE_STATUS_GOOD;
}

void CALL(exit)(void) {}

SANE_Status CALL(get_devices)(const SANE_Device ***list, SANE_Bool local_only)
{
    static SANE_Device devices[MOST];
    static const SANE_Device *pointers[MOST + 1];
    static char texts[MOST][4][LINE];
    char pattern[2 * LINE], line[LINE];
    glob_t found;
    int n = 0;
    (void)local_only;
    beside(pattern, "*", "device");
    glob(pattern, 0, NULL, &found);
    for (; n < (int)found.gl_pathc && n < MOST; n++) {
        char *name = strrchr(found.gl_pathv[n], '/') + 1;
        snprintf(texts[n][0], LINE, "%.*s", (int)(strlen(name) - strlen(".device")), name);
        static const char *const keys[] = {"", "vendor", "model", "type"};
        for (int key = 1; key < 4; key++)
            find_line(texts[n][0], keys[key], 0, 0, texts[n][key]);
        devices[n] = (SANE_Device){texts[n][0], texts[n][1], texts[n][2], texts[n][3]};
        pointers[n] = &devices[n];
        find_line(texts[n][0], "calls", 0, 0, line);
        SANE_Status status = happen(texts[n][0], line, "devices");
        if (status)
            return status;
    }
    pointers[n] = NULL;
    globfree(&found);
    *list = pointers;
    return SANE_STATUS_GOOD;
}

SANE_Status CALL(open)(SANE_String_Const name, SANE_Handle *handle)
{
    char path[2 * LINE], line[LINE];
    beside(path, name, "device");
    if (access(path, R_OK))
        return SANE_STATUS_INVAL;
    find_line(name, "calls", 0, 0, line);
    SANE_Status status = happen(name, line, "open");
    if (status)
        return status;
    beside(path, name, "lock");
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB)) {
        close(lock);
        return SANE_STATUS_DEVICE_BUSY;
    }
    Scanner *s = calloc(1, sizeof *s);
    strcpy(s->name, name);
    s->lock = lock;
    find_line(name, "plug", 0, 0, line);
    s->plug = atoi(line);
    describe(s);
    *handle = s;
    return SANE_STATUS_GOOD;
}

void CALL(close)(SANE_Handle handle)
{
    Scanner *s = handle;
    begin(s, "close");
    close(s->lock);
    free(s->row);
    free(s);
}

/* Images */

static void measure(Scanner *s)
{
    char line[LINE];
    double dots = s->values[RESOLUTION].word / 25.4;
    int colour = !strcmp(s->values[MODE].text, "Color"), depth = s->values[DEPTH].word;
    SANE_Parameters *p = &s->shape;
    if (!strcmp(s->values[MODE].text, "Lineart"))
        depth = 1;
    p->format = colour ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
    p->last_frame = SANE_TRUE;
    p->depth = depth;
    p->pixels_per_line = (int)(SANE_UNFIX(s->values[BR_X].word - s->values[TL_X].word) * dots + 0.5);
    p->lines = (int)(SANE_UNFIX(s->values[BR_Y].word - s->values[TL_Y].word) * dots + 0.5);
    find_line(s->name, "padding", 0, 0, line);
    p->bytes_per_line = (p->pixels_per_line * (colour ? 3 : 1) * depth + 7) / 8 + atoi(line);
}

SANE_Status CALL(get_parameters)(SANE_Handle handle, SANE_Parameters *parameters)
{
    Scanner *s = handle;
    char line[LINE];
    if (!s->reading)
        measure(s);
    *parameters = s->shape;
    if (find_line(s->name, "unknown-height", 0, 0, line))
        parameters->lines = -1;
    return SANE_STATUS_GOOD;
}

/* One line of the page, all lines being equal. Padding is 0xEE, and the low byte of a 16-bit sample 0x34, so that
   whoever mixes them up is seen to. */
static void draw(Scanner *s, int tone)
{
    SANE_Parameters *p = &s->shape;
    int samples = p->format == SANE_FRAME_RGB ? 3 : 1, bytes = p->depth == 16 ? 2 : 1;
    SANE_Byte tones[3] = {tone > 255 ? tone >> 16 : tone, tone > 255 ? tone >> 8 : tone, tone};
    s->row = realloc(s->row, p->bytes_per_line + 1);
    memset(s->row, 0xEE, p->bytes_per_line);
    if (p->depth == 1)
        memset(s->row, tones[2] < 128 ? 0xFF : 0, (p->pixels_per_line + 7) / 8);
    else
        for (int i = 0; i < p->pixels_per_line * samples; i++) {
            unsigned short deep = tones[samples == 1 ? 2 : i % 3] << 8 | 0x34;
            memcpy(s->row + i * bytes, bytes == 2 ? (void *)&deep : &tones[samples == 1 ? 2 : i % 3], bytes);
        }
}

/* Draw in the next sheet, or turn to the next page on the glass. Its line is left in s->sheet. */
static SANE_Status take_sheet(Scanner *s)
{
    char line[LINE], ignored[LINE];
    if (!strstr(s->values[SOURCE].text, "ADF")) {
        int turned = read_count(s->name, "turned");
        if (!find_line(s->name, "glass", turned, 1, s->sheet))
            strcpy(s->sheet, "200");
        write_count(s->name, "turned", turned + 1);
        return SANE_STATUS_GOOD;
    }
    int fed = read_count(s->name, "fed");
    if (!find_line(s->name, "sheet", fed, 0, s->sheet))
        return status_named(find_line(s->name, "end", 0, 0, line) ? line : "NO_DOCS");
    if (find_word(s->sheet, "double", ignored)) {
        write_count(s->name, "fed", fed + 2);
        if (detects_double_feed(s)) {
            strcpy(s->sensor, "double-feed");
            return SANE_STATUS_JAMMED;
        }
    } else if (!find_word(s->sheet, "stays", ignored))
        write_count(s->name, "fed", fed + 1);
    s->back = strstr(s->values[SOURCE].text, "Duplex") && !find_word(s->sheet, "oneside", ignored);
    return SANE_STATUS_GOOD;
}

static SANE_Status meet(Scanner *s, const char *call)
{
    SANE_Status status = happen(s->name, s->sheet, call);
    if (status && !find_word(s->sheet, "sensor", s->sensor))
        s->sensor[0] = 0;
    return status;
}

SANE_Status CALL(start)(SANE_Handle handle)
{
    Scanner *s = handle;
    s->cancelled = 0;
    s->reading = 0;
    SANE_Status status = begin(s, "start");
    int back = !status && s->back, tone;
    if (back)
        s->back = 0;
    else if (!status && !(status = take_sheet(s)))
        status = meet(s, "start");
    if (status || s->cancelled)
        return status ? status : SANE_STATUS_CANCELLED;
    measure(s);
    tone = atoi(s->sheet);
    draw(s, back ? number_in(s->sheet, "back", 255 - tone % 256) : tone);
    s->at = s->met = 0;
    s->total = (long)number_in(s->sheet, "lines", s->shape.lines) * s->shape.bytes_per_line;
    s->reading = 1;
    return SANE_STATUS_GOOD;
}

SANE_Status CALL(read)(SANE_Handle handle, SANE_Byte *data, SANE_Int most, SANE_Int *length)
{
    Scanner *s = handle;
    char ignored[LINE];
    long bytes = s->shape.bytes_per_line, end = s->total;
    *length = 0;
    if (s->cancelled || !s->reading)
        return SANE_STATUS_CANCELLED;
    SANE_Status status = begin(s, "read");
    if (!status && !s->met && find_word(s->sheet, "read", ignored)) {
        end = number_in(s->sheet, "after", 0) * bytes;
        if (s->at >= end) {
            status = meet(s, "read");
            s->met = 1;
            end = s->total;
        }
    }
    if (!status && s->at >= end)
        status = SANE_STATUS_EOF;
    if (status) {
        s->reading = 0;
        return status;
    }
    int slow = number_in(s->sheet, "slow", 0);
    usleep(1000 * slow);
    if (slow && most > bytes)
        most = bytes;
    while (*length < most && s->at < end) {
        long part = bytes - s->at % bytes;
        part = part > most - *length ? most - *length : part > end - s->at ? end - s->at : part;
        memcpy(data + *length, s->row + s->at % bytes, part);
        *length += part;
        s->at += part;
    }
    return SANE_STATUS_GOOD;
}

void CALL(cancel)(SANE_Handle handle)
{
    Scanner *s = handle;
    s->cancelled = 1;
    s->back = 0;
    s->sensor[0] = 0;
    begin(s, "cancel");
}

SANE_Status CALL(set_io_mode)(SANE_Handle handle, SANE_Bool non_blocking)
{
    (void)handle;
    return non_blocking ? SANE_STATUS_UNSUPPORTED : SANE_STATUS_GOOD;
}

SANE_Status CALL(get_select_fd)(SANE_Handle handle, SANE_Int *fd)
{
    (void)handle, (void)fd;
    return SANE_STATUS_UNSUPPORTED;
}
