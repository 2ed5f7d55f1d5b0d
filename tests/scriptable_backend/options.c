/* The options of a scriptable device, and its sensors. */
#include "scriptable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const SANE_String_Const MODES[] = {"Color", "Gray", "Lineart", NULL}, ACTIONS[] = {"Default", "Continue", "Stop", NULL};
static const SANE_Word DEPTHS[] = {2, 8, 16}, RESOLUTIONS[] = {6, 50, 75, 100, 150, 200, 300};
static const SANE_Range SHARE = {0, SANE_FIX(100), 0};
static const SANE_Option_Descriptor TABLE[OPTIONS] = {
    {"", "", "", SANE_TYPE_INT, SANE_UNIT_NONE, 4, GET, 0, {NULL}},
    {"source", "", "", SANE_TYPE_STRING, SANE_UNIT_NONE, LINE, SET, SANE_CONSTRAINT_STRING_LIST, {NULL}},
    {"mode", "", "", SANE_TYPE_STRING, SANE_UNIT_NONE, LINE, SET, SANE_CONSTRAINT_STRING_LIST, {.string_list = MODES}},
    {"depth", "", "", SANE_TYPE_INT, SANE_UNIT_BIT, 4, SET, SANE_CONSTRAINT_WORD_LIST, {.word_list = DEPTHS}},
    {"resolution", "", "", SANE_TYPE_INT, SANE_UNIT_DPI, 4, SET, SANE_CONSTRAINT_WORD_LIST, {.word_list = RESOLUTIONS}},
    {"page-width", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"page-height", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"tl-x", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"tl-y", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"br-x", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"br-y", "", "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SET, SANE_CONSTRAINT_RANGE, {NULL}},
    {"df-action", "", "", SANE_TYPE_STRING, SANE_UNIT_NONE, LINE, SET, SANE_CONSTRAINT_STRING_LIST, {.string_list = ACTIONS}},
    {"df-thickness", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, SET, 0, {NULL}},
    {"df-length", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, SET, 0, {NULL}},
    {"swcrop", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, SET, 0, {NULL}},
    {"swskip", "", "", SANE_TYPE_FIXED, SANE_UNIT_PERCENT, 4, SET, SANE_CONSTRAINT_RANGE, {.range = &SHARE}},
    {"page-loaded", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, GET, 0, {NULL}},
    {"cover-open", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, GET, 0, {NULL}},
    {"double-feed", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, GET, 0, {NULL}},
    {"scan", "", "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, GET, 0, {NULL}},
};

void describe(Scanner *s)
{
    char line[LINE], *save;
    int n = 0;
    double width = 10, height = 14;
    find_line(s->name, "area", 0, 0, line);
    sscanf(line, "%lf %lf", &width, &height);
    s->width = (SANE_Range){0, SANE_FIX(width), 0};
    s->height = (SANE_Range){0, SANE_FIX(height), 0};
    find_line(s->name, "sources", 0, 0, s->list);
    for (char *one = strtok_r(s->list, "|", &save); one; one = strtok_r(NULL, "|", &save))
        s->sources[n++] = one;
    if (!n)
        s->sources[n++] = "Flatbed", s->sources[n++] = "ADF Front", s->sources[n++] = "ADF Duplex";
    memcpy(s->options, TABLE, sizeof TABLE);
    s->options[SOURCE].constraint.string_list = s->sources;
    for (int option = PAGE_WIDTH; option <= BR_Y; option++)
        s->options[option].constraint.range = (option - PAGE_WIDTH) % 2 ? &s->height : &s->width;
    for (int option = 1; option < OPTIONS; option++)
        if (is_listed(s->name, "lacks", TABLE[option].name))
            s->options[option].cap |= SANE_CAP_INACTIVE;
    s->values[COUNT].word = OPTIONS;
    s->values[DEPTH].word = 8;
    s->values[RESOLUTION].word = DPI_DEFAULT;
    s->values[PAGE_WIDTH].word = s->values[BR_X].word = s->width.max;
    s->values[PAGE_HEIGHT].word = s->values[BR_Y].word = s->height.max;
    s->values[SWCROP].word = SANE_TRUE;
    s->values[SWSKIP].word = SANE_FIX(5);
    strcpy(s->values[SOURCE].text, s->sources[0]);
    strcpy(s->values[MODE].text, MODES[0]);
    strcpy(s->values[DF_ACTION].text, ACTIONS[0]);
}

const SANE_Option_Descriptor *CALL(get_option_descriptor)(SANE_Handle handle, SANE_Int option)
{
    Scanner *s = handle;
    return option >= 0 && option < OPTIONS ? &s->options[option] : NULL;
}

static SANE_Word sense(Scanner *s, int option)
{
    const char *name = TABLE[option].name;
    char line[LINE], path[2 * LINE];
    if (option == SCAN) {
        beside(path, s->name, "press");
        return !unlink(path);
    }
    if (!strcmp(s->sensor, name)) {
        s->sensor[0] = 0;
        return SANE_TRUE;
    }
    int loaded = find_line(s->name, "sheet", read_count(s->name, "fed"), 0, line);
    find_line(s->name, "sensors", 0, 0, line);
    return number_in(line, name, option == PAGE_LOADED && loaded);
}

static SANE_Status set_text(Scanner *s, int option, const char *text, SANE_Int *info)
{
    for (const SANE_String_Const *one = s->options[option].constraint.string_list; *one; one++)
        if (!strcmp(*one, text)) {
            strcpy(s->values[option].text, text);
            if (option == DF_ACTION || option == SOURCE)
                *info |= SANE_INFO_RELOAD_OPTIONS;
            return SANE_STATUS_GOOD;
        }
    return SANE_STATUS_INVAL;
}

static SANE_Status set_word(Scanner *s, int option, SANE_Word word, SANE_Int *info)
{
    char line[LINE];
    const SANE_Option_Descriptor *how = &s->options[option];
    SANE_Word got = word;
    find_line(s->name, "clamp", 0, 0, line);
    if (how->constraint_type == SANE_CONSTRAINT_RANGE) {
        SANE_Word most = how->constraint.range->max;
        if (option == BR_X || option == BR_Y) /* as with fujitsu: the page must have been made large before */
            most = s->values[option == BR_X ? PAGE_WIDTH : PAGE_HEIGHT].word;
        got = got < how->constraint.range->min ? how->constraint.range->min : got > most ? most : got;
    } else if (how->constraint_type == SANE_CONSTRAINT_WORD_LIST) {
        int n = how->constraint.word_list[0];
        while (n && how->constraint.word_list[n] != word)
            n--;
        if (!n)
            return SANE_STATUS_INVAL;
    }
    int clamp = number_in(line, how->name, -1);
    if (clamp >= 0)
        got = how->type == SANE_TYPE_FIXED ? SANE_FIX(clamp) : clamp;
    s->values[option].word = got;
    *info |= SANE_INFO_RELOAD_PARAMS | (got == word ? 0 : SANE_INFO_INEXACT);
    return SANE_STATUS_GOOD;
}

SANE_Status CALL(control_option)(SANE_Handle handle, SANE_Int option, SANE_Action action, void *value, SANE_Int *info)
{
    Scanner *s = handle;
    SANE_Int ignored = 0;
    info = info ? info : &ignored;
    *info = 0;
    SANE_Status status = begin(s, "option");
    if (status)
        return status;
    const SANE_Option_Descriptor *how = CALL(get_option_descriptor)(handle, option);
    if (!how || how->cap & SANE_CAP_INACTIVE)
        return SANE_STATUS_INVAL;
    if (action == SANE_ACTION_GET_VALUE) {
        if (how->type == SANE_TYPE_STRING)
            strcpy(value, s->values[option].text);
        else
            *(SANE_Word *)value = option < PAGE_LOADED ? s->values[option].word : sense(s, option);
        return SANE_STATUS_GOOD;
    }
    if (action != SANE_ACTION_SET_VALUE || how->cap != SET || is_listed(s->name, "refuse", how->name))
        return SANE_STATUS_INVAL;
    if (how->type == SANE_TYPE_STRING)
        return set_text(s, option, value, info);
    return set_word(s, option, *(SANE_Word *)value, info);
}

int detects_double_feed(Scanner *s)
{
    return !strcmp(s->values[DF_ACTION].text, "Stop") && (s->values[DF_THICKNESS].word || s->values[DF_LENGTH].word);
}
