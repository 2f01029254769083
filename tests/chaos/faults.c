/* Stands before the C library's calls that change files, and lets the n-th of one kind fail.
 *
 * Loaded by LD_PRELOAD, so that Python, DuckDB and Arrow all meet it. Only calls on files below
 * one folder are counted and fail; all others pass. It can set the clock, too. faults.py arms it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* the same order as faults.CALLS and faults.HOW */
enum call { WRITE, SYNC, RENAME, LINK, UNLINK, OPEN, MKDIR, TRUNCATE, READ, CALLS };
enum how { ONCE, FROM_NOW_ON, SHORT, KILL_BEFORE, KILL_AFTER };

static char folder[4096];
static size_t folder_length;
static long seen[CALLS];
static long fail_at;
static int fail_call = -1, fail_how, fail_error, has_failed;

void faults_arm(const char *below, int call, long at, int how, int error)
{
    memset(seen, 0, sizeof seen);
    snprintf(folder, sizeof folder, "%s/", below);
    folder_length = strlen(folder);
    has_failed = 0;
    fail_call = call, fail_at = at, fail_how = how, fail_error = error;
}

void faults_disarm(void) { folder_length = 0; }

int faults_met(void) { return has_failed; }

long faults_seen(int call) { return seen[call]; }

static int is_below(const char *path) { return strncmp(path, folder, folder_length) == 0; }

static int fd_is_below(int fd)
{
    char link[64], path[4096];
    if (!folder_length || fd < 3)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 2);
    if (length <= 0)
        return 0;
    path[length] = '/', path[length + 1] = 0; /* the folder itself counts, too */
    return is_below(path);
}

static int path_is_below(int at, const char *path)
{
    if (!folder_length || !path)
        return 0;
    if (path[0] == '/')
        return is_below(path);
    return at != AT_FDCWD && fd_is_below(at);
}

enum verdict { PASS, FAIL, HALF, DIE_AFTER };

/* A full disk still lets files go, and a read-only one lets them be read. */
static int is_barred(enum call call)
{
    if (fail_error == ENOSPC)
        return call == WRITE || call == OPEN || call == MKDIR || call == LINK || call == TRUNCATE;
    return call != READ;
}

/* Counts a call, and says what becomes of it; errno is set where it fails. */
static enum verdict judge(enum call call)
{
    long number = __sync_add_and_fetch(&seen[call], 1);
    if (has_failed && fail_how == FROM_NOW_ON && is_barred(call))
        return errno = fail_error, FAIL;
    if ((int)call != fail_call || number != fail_at)
        return PASS;
    has_failed = 1;
    switch (fail_how) {
    case SHORT:
        return HALF;
    case KILL_BEFORE:
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;)
            pause();
    case KILL_AFTER:
        return DIE_AFTER;
    default:
        return errno = fail_error, FAIL;
    }
}

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define GUARD(below, call, perform) \
    do { \
        enum verdict verdict = (below) ? judge(call) : PASS; \
        if (verdict == FAIL) \
            return -1; \
        __typeof__(perform) result = perform; \
        if (verdict == DIE_AFTER) { \
            syscall(SYS_kill, getpid(), SIGKILL); \
            for (;;) \
                pause(); \
        } \
        return result; \
    } while (0)

#define GUARD_WRITE(fd, size, whole, half) \
    do { \
        enum verdict verdict = fd_is_below(fd) ? judge(WRITE) : PASS; \
        if (verdict == FAIL) \
            return -1; \
        ssize_t result = verdict == HALF && (size) > 1 ? half : whole; \
        if (verdict == DIE_AFTER) { \
            syscall(SYS_kill, getpid(), SIGKILL); \
            for (;;) \
                pause(); \
        } \
        return result; \
    } while (0)

ssize_t write(int fd, const void *data, size_t size)
{
    NEXT(write);
    GUARD_WRITE(fd, size, next(fd, data, size), next(fd, data, size / 2));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    NEXT(pwrite);
    GUARD_WRITE(fd, size, next(fd, data, size, at), next(fd, data, size / 2, at));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at)
{
    NEXT(pwrite64);
    GUARD_WRITE(fd, size, next(fd, data, size, at), next(fd, data, size / 2, at));
}

ssize_t writev(int fd, const struct iovec *parts, int number)
{
    NEXT(writev);
    GUARD_WRITE(fd, number, next(fd, parts, number), next(fd, parts, number / 2));
}

ssize_t sendfile64(int fd, int from, off_t *at, size_t size)
{
    NEXT(sendfile64);
    GUARD_WRITE(fd, size, next(fd, from, at, size), next(fd, from, at, size / 2));
}

ssize_t sendfile(int fd, int from, off_t *at, size_t size) { return sendfile64(fd, from, at, size); }

int fsync(int fd) { NEXT(fsync); GUARD(fd_is_below(fd), SYNC, next(fd)); }
int fdatasync(int fd) { NEXT(fdatasync); GUARD(fd_is_below(fd), SYNC, next(fd)); }

int rename(const char *old, const char *new)
{
    NEXT(rename);
    GUARD(path_is_below(AT_FDCWD, new), RENAME, next(old, new));
}

int renameat(int from, const char *old, int to, const char *new)
{
    NEXT(renameat);
    GUARD(path_is_below(to, new), RENAME, next(from, old, to, new));
}

int link(const char *old, const char *new)
{
    NEXT(link);
    GUARD(path_is_below(AT_FDCWD, new), LINK, next(old, new));
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    NEXT(linkat);
    GUARD(path_is_below(to, new), LINK, next(from, old, to, new, flags));
}

int symlink(const char *what, const char *path)
{
    NEXT(symlink);
    GUARD(path_is_below(AT_FDCWD, path), LINK, next(what, path));
}

int symlinkat(const char *what, int at, const char *path)
{
    NEXT(symlinkat);
    GUARD(path_is_below(at, path), LINK, next(what, at, path));
}

int unlink(const char *path)
{
    NEXT(unlink);
    GUARD(path_is_below(AT_FDCWD, path), UNLINK, next(path));
}

int unlinkat(int at, const char *path, int flags)
{
    NEXT(unlinkat);
    GUARD(path_is_below(at, path), UNLINK, next(at, path, flags));
}

int remove(const char *path)
{
    NEXT(remove);
    GUARD(path_is_below(AT_FDCWD, path), UNLINK, next(path));
}

int rmdir(const char *path)
{
    NEXT(rmdir);
    GUARD(path_is_below(AT_FDCWD, path), UNLINK, next(path));
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    GUARD(path_is_below(AT_FDCWD, path), MKDIR, next(path, mode));
}

int mkdirat(int at, const char *path, mode_t mode)
{
    NEXT(mkdirat);
    GUARD(path_is_below(at, path), MKDIR, next(at, path, mode));
}

int ftruncate(int fd, off_t size) { NEXT(ftruncate); GUARD(fd_is_below(fd), TRUNCATE, next(fd, size)); }
int ftruncate64(int fd, off_t size) { NEXT(ftruncate64); GUARD(fd_is_below(fd), TRUNCATE, next(fd, size)); }

int fallocate(int fd, int mode, off_t at, off_t size)
{
    NEXT(fallocate);
    GUARD(fd_is_below(fd), TRUNCATE, next(fd, mode, at, size));
}

#define GUARD_OPEN(at, path, flags, perform) \
    do { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags) & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        int changes = ((flags) & O_ACCMODE) != O_RDONLY || (flags) & (O_CREAT | O_TRUNC); \
        GUARD(path_is_below(at, path), changes ? OPEN : READ, perform); \
    } while (0)

int open(const char *path, int flags, ...)
{
    NEXT(open);
    GUARD_OPEN(AT_FDCWD, path, flags, next(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    NEXT(open64);
    GUARD_OPEN(AT_FDCWD, path, flags, next(path, flags, mode));
}

int openat(int at, const char *path, int flags, ...)
{
    NEXT(openat);
    GUARD_OPEN(at, path, flags, next(at, path, flags, mode));
}

int openat64(int at, const char *path, int flags, ...)
{
    NEXT(openat64);
    GUARD_OPEN(at, path, flags, next(at, path, flags, mode));
}

FILE *fopen64(const char *path, const char *mode)
{
    static __typeof__(fopen64) *next;
    if (!next)
        next = (__typeof__(fopen64) *)dlsym(RTLD_NEXT, "fopen64");
    enum verdict verdict =
        path_is_below(AT_FDCWD, path) ? judge(mode[0] == 'r' ? READ : OPEN) : PASS;
    return verdict == FAIL ? NULL : next(path, mode);
}

static long clock_is_off;

void faults_set_clock(long seconds) { clock_is_off = seconds; }

int clock_gettime(clockid_t which, struct timespec *now)
{
    int result = syscall(SYS_clock_gettime, which, now);
    if (!result && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += clock_is_off;
    return result;
}

time_t time(time_t *told)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return told ? *told = now.tv_sec : now.tv_sec;
}

int gettimeofday(struct timeval *told, void *zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec, told->tv_usec = now.tv_nsec / 1000;
    return 0;
}
