/* Preloaded into a run: the Nth touch of a file below one folder fails, kills, waits or stops its process; and a clock that jumps.

   FAULTS_CONTROL is a file of `struct control`, shared by every process of the run and by whoever disturbs it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { COUNT, KILL, FAIL, SLOW, STOP };
enum touch { READING = 1, MAKING = 2, WRITING = 4, SYNCING = 8, MOVING = 16, REMOVING = 32 };

struct control {
    int64_t armed, kind, touches, error, first, last; /* touches from the `first` to the `last` are disturbed */
    int64_t count, fired, pid, microseconds;          /* what was seen; of `pid` the last that was disturbed */
    int64_t clock;                                    /* seconds that the wall clock is ahead; INT64_MAX: it jumps a day to and fro */
    char under[1024];                                 /* the folder */
    char only[64];                                    /* a word that the command line of a process must hold for it to be disturbed */
};

static struct control *control;

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_CONTROL");
    int file = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (shared != MAP_FAILED) control = shared;
}

static int is_meant(void) {
    char line[8192];
    if (!*control->only) return 1;
    int file = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY);
    ssize_t size = file < 0 ? 0 : syscall(SYS_read, file, line, sizeof line);
    if (file >= 0) syscall(SYS_close, file);
    return size > 0 && memmem(line, size, control->only, strlen(control->only)) != NULL;
}

static int is_below(const char *path) {
    size_t length = strlen(control->under);
    return !strncmp(path, control->under, length) && (path[length] == '/' || !path[length]);
}

static int link_of(int file, char *path) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t size = readlink(name, path, PATH_MAX - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return 1;
}

static int is_named_below(int folder, const char *path) {
    char whole[2 * PATH_MAX];
    if (!path) return 0;
    if (*path == '/') return is_below(path);
    if (folder == AT_FDCWD ? !getcwd(whole, PATH_MAX) : !link_of(folder, whole)) return 0;
    strcat(whole, "/");
    strncat(whole, path, PATH_MAX - 1);
    return is_below(whole);
}

static int is_open_below(int file) {
    char path[PATH_MAX];
    return link_of(file, path) && is_below(path);
}

static int is_of_interest(int touch) { return control && control->armed && (control->touches & touch) && is_meant(); }

/* Whether the call is to fail; errno says how. It may not come back at all. */
static int disturb(void) {
    int64_t seen = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (control->kind == COUNT || seen < control->first || seen > control->last) return 0;
    control->pid = getpid();
    __atomic_add_fetch(&control->fired, 1, __ATOMIC_SEQ_CST);
    if (control->kind == KILL) syscall(SYS_kill, getpid(), SIGKILL);
    if (control->kind == SLOW) {
        struct timespec wait = {control->microseconds / 1000000, control->microseconds % 1000000 * 1000};
        nanosleep(&wait, NULL);
    }
    if (control->kind == STOP) {
        struct timespec wait = {0, 1000000};
        while (control->armed) nanosleep(&wait, NULL); /* until whoever disturbs it has done so */
    }
    errno = control->error;
    return control->kind == FAIL;
}

static int fails_by_name(int touch, int folder, const char *path) { return is_of_interest(touch) && is_named_below(folder, path) && disturb(); }

static int fails_by_file(int touch, int file) {
    int before = errno, fails = is_of_interest(touch) && is_open_below(file) && disturb();
    if (!fails) errno = before;
    return fails;
}

static int opening(int flags) { return flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR) ? MAKING : READING; }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        return fails_by_name(opening(flags), AT_FDCWD, path) ? -1 : REAL(name)(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        return fails_by_name(opening(flags), folder, path) ? -1 : REAL(name)(folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

FILE *fopen64(const char *path, const char *mode) {
    return fails_by_name(*mode == 'r' ? READING : MAKING, AT_FDCWD, path) ? NULL : REAL(fopen64)(path, mode);
}

/* A disk that is full, and a power cut, take a part of what is written. */
#define TORN(name, file, data, size, ...) \
    int64_t disturbed = control ? control->fired : 0; \
    if (control && size > 1 && control->kind == KILL && is_of_interest(WRITING) && is_open_below(file) && control->count + 1 == control->first) \
        REAL(name)(file, data, size / 2 __VA_ARGS__); \
    if (fails_by_file(WRITING, file)) { \
        if (disturbed || size < 2 || control->error != ENOSPC) return -1; \
        return REAL(name)(file, data, size / 2 __VA_ARGS__); \
    }

ssize_t write(int file, const void *data, size_t size) {
    TORN(write, file, data, size)
    return REAL(write)(file, data, size);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    TORN(pwrite, file, data, size, , at)
    return REAL(pwrite)(file, data, size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    TORN(pwrite64, file, data, size, , at)
    return REAL(pwrite64)(file, data, size, at);
}
ssize_t writev(int file, const struct iovec *parts, int count) { return fails_by_file(WRITING, file) ? -1 : REAL(writev)(file, parts, count); }
size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    return control && fails_by_file(WRITING, fileno(file)) ? 0 : REAL(fwrite)(data, size, count, file);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t size) { return fails_by_file(WRITING, to) ? -1 : REAL(sendfile64)(to, from, at, size); }

ssize_t read(int file, void *data, size_t size) { return fails_by_file(READING, file) ? -1 : REAL(read)(file, data, size); }
ssize_t pread(int file, void *data, size_t size, off_t at) { return fails_by_file(READING, file) ? -1 : REAL(pread)(file, data, size, at); }
ssize_t pread64(int file, void *data, size_t size, off64_t at) { return fails_by_file(READING, file) ? -1 : REAL(pread64)(file, data, size, at); }

int fsync(int file) { return fails_by_file(SYNCING, file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails_by_file(SYNCING, file) ? -1 : REAL(fdatasync)(file); }
int ftruncate64(int file, off64_t size) { return fails_by_file(WRITING, file) ? -1 : REAL(ftruncate64)(file, size); }

int rename(const char *from, const char *to) { return fails_by_name(MOVING, AT_FDCWD, to) ? -1 : REAL(rename)(from, to); }
int renameat(int one, const char *from, int other, const char *to) {
    return fails_by_name(MOVING, other, to) ? -1 : REAL(renameat)(one, from, other, to);
}
int mkdir(const char *path, mode_t mode) { return fails_by_name(MAKING, AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return fails_by_name(MAKING, folder, path) ? -1 : REAL(mkdirat)(folder, path, mode); }
int unlink(const char *path) { return fails_by_name(REMOVING, AT_FDCWD, path) ? -1 : REAL(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) { return fails_by_name(REMOVING, folder, path) ? -1 : REAL(unlinkat)(folder, path, flags); }
int rmdir(const char *path) { return fails_by_name(REMOVING, AT_FDCWD, path) ? -1 : REAL(rmdir)(path); }

static int64_t ahead(void) {
    struct timespec now;
    if (!control || !control->clock) return 0;
    if (control->clock != INT64_MAX) return control->clock;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return ((now.tv_sec * 1000 + now.tv_nsec / 1000000) / 150 % 3 - 1) * 86400;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int status = REAL(clock_gettime)(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += ahead();
    return status;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int status = REAL(gettimeofday)(now, zone);
    now->tv_sec += ahead();
    return status;
}
time_t time(time_t *kept) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    time_t found = now.tv_sec + ahead();
    if (kept) *kept = found;
    return found;
}
