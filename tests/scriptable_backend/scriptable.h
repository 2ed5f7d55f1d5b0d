/* A SANE backend that does what a text file says. The file is read again at every call, so that a test can change the
   world while a device is open. Built as libsane-scriptable.so.1 and loaded by the real libsane.

   $SANE_CONFIG_DIR/NAME.device is the device scriptable:NAME; without the file it is unplugged. Beside it lie NAME.fed
   and NAME.turned (how many sheets were drawn in and pages scanned on the glass, whoever did it), NAME.lock (held by
   the process that has the device open) and NAME.press (the button was pressed; gone once it was asked for).
   Lines, all of them optional:

     vendor TEXT            model TEXT             type TEXT
     plug NUMBER            another number: it was unplugged since; who had it open must open it anew
     sources Flatbed|ADF Front|ADF Duplex
     area WIDTH HEIGHT      the largest area in mm
     lacks NAME,NAME        options that this device does not have
     refuse NAME,NAME       options that it does not let be set
     clamp NAME=NUMBER ...  whatever is set, this is what it uses
     padding BYTES          at the end of each line
     unknown-height         the number of lines is not known before the page ended
     sensors cover-open=1   sensors that stay so
     end CANCELLED          what an empty feeder says; NO_DOCS otherwise
     calls CALL=WHAT ...    what happens at every such call: devices open option start read cancel close
     sheet TONE WORDS       one for each sheet in the feeder; glass TONE WORDS for each page on the glass, the last stays

   TONE is a grey from 0 to 255 or, larger, a colour 65536 R + 256 G + B. WORDS of a sheet:
     start=WHAT read=WHAT   what happens while it is drawn in or read;   after=N   read N lines first
     sensor=NAME            what the sensor says, once, after that       lines=N   the page ends after N lines
     stays                  it is not drawn in and comes again           oneside   its back never comes
     back=TONE              255 - TONE otherwise                         slow=MS   for each line
     double                 the next sheet goes in with it: jammed, if the options that detect it are on

   WHAT: a status without SANE_STATUS_, crash, hang, wait:SECONDS, unplug, signals (sets handlers back, as some backends
   do), or several with commas. */
#ifndef SCRIPTABLE_H
#define SCRIPTABLE_H

#include <sane/sane.h>

#define LINE 512
#define CALL(name) sane_scriptable_##name
#define MOST 64
#define DPI_DEFAULT 300

enum { COUNT, SOURCE, MODE, DEPTH, RESOLUTION, PAGE_WIDTH, PAGE_HEIGHT, TL_X, TL_Y, BR_X, BR_Y, DF_ACTION, DF_THICKNESS,
       DF_LENGTH, SWCROP, SWSKIP, PAGE_LOADED, COVER_OPEN, DOUBLE_FEED, SCAN, OPTIONS };
enum { SET = SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT, GET = SANE_CAP_SOFT_DETECT };

typedef struct { SANE_Word word; char text[LINE]; } Value;
typedef struct {
    char name[LINE], sheet[LINE], list[LINE], sensor[LINE];
    SANE_String_Const sources[MOST];
    SANE_Range width, height;
    SANE_Option_Descriptor options[OPTIONS];
    Value values[OPTIONS];
    SANE_Parameters shape;
    SANE_Byte *row;
    long at, total;
    int lock, plug, gone, back, met;
    volatile int reading, cancelled;
} Scanner;

/* script.c */
void beside(char *path, const char *name, const char *suffix);
int find_line(const char *name, const char *key, int n, int last, char *rest);
int find_word(const char *line, const char *key, char *value);
int number_in(const char *line, const char *key, int otherwise);
int is_listed(const char *device, const char *key, const char *name);
int read_count(const char *name, const char *suffix);
void write_count(const char *name, const char *suffix, int count);
SANE_Status status_named(const char *name);
SANE_Status happen(const char *name, const char *line, const char *call);
SANE_Status begin(Scanner *s, const char *call);

/* options.c */
void describe(Scanner *s);
int detects_double_feed(Scanner *s);

#endif
