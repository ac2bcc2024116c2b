// Stands between the server and its C library: tells a wrong time, says that the disk is full, and writes down every
// change below one folder, in order, so that a power cut at any moment can be made from it.
//
// DOORSTEP_FAULT_ROOT     the folder that is watched, absolute and without links
// DOORSTEP_FAULT_CONTROL  a file of 64 bytes, mapped by both sides:
//       0  int64  seconds added to the time of day
//       8  int64  0 room; 1 no file grows; 2 nothing can be written
//      16  int64  1 changes are written down
//      24  int64  records written down so far
// DOORSTEP_FAULT_JOURNAL  the file they are written to; flushes are then only noted, never carried out
//
// A record: int64 kind, int64 file, int64 offset, int64 length, then `length` bytes (content, or names each ended by 0).
// Changes and their records are made under one lock: their order is the order in which they happened.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, RESIZE, CREATE, LINK, UNLINK, RENAME, EXCHANGE, MKDIR, SYNC_FILE, SYNC_FOLDER, SYNC_ALL, OPEN };
enum { MAX_FDS = 65536 };

struct control {
  volatile int64_t seconds, fullness, is_watching, n_records;
};
struct watched {
  int is_watched, is_folder;
  ino_t file;
  char *path;
};

static struct control none, *control = &none;
static struct watched fds[MAX_FDS];
static char root[PATH_MAX];
static size_t root_length;
static int journal = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...)                                    \
  static type (*real)(__VA_ARGS__);                              \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode) {
  REAL(int, "open64", const char *, int, ...);
  return real(path, flags, mode);
}
static ssize_t real_write(int fd, const void *bytes, size_t n) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return real(fd, bytes, n);
}

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("DOORSTEP_FAULT_ROOT"), *file = getenv("DOORSTEP_FAULT_CONTROL");
  if (!folder || !file) return;
  strncpy(root, folder, sizeof root - 1);
  root_length = strlen(root);
  int fd = real_open(file, O_RDWR | O_CLOEXEC, 0);
  void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) _exit(70);
  control = page;
  if (getenv("DOORSTEP_FAULT_JOURNAL"))
    journal = real_open(getenv("DOORSTEP_FAULT_JOURNAL"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
  if (!root_length || strncmp(path, root, root_length)) return 0;
  size_t n = strlen(path);
  // The index of SQLite's log is rebuilt after a crash; nothing of it is needed.
  return (path[root_length] == '/' || !path[root_length]) && !(n > 4 && !strcmp(path + n - 4, "-shm"));
}

static int is_writing_down(void) { return journal >= 0 && control->is_watching; }

static void note(int64_t kind, int64_t file, int64_t offset, const struct iovec *parts, int n_parts) {
  if (!is_writing_down()) return;
  int64_t head[4] = {kind, file, offset, 0};
  for (int i = 0; i < n_parts; i++) head[3] += (int64_t)parts[i].iov_len;
  if (real_write(journal, head, sizeof head) != (ssize_t)sizeof head) _exit(71);
  for (int i = 0; i < n_parts; i++) {
    const char *at = parts[i].iov_base;
    for (size_t left = parts[i].iov_len; left;) {
      ssize_t n = real_write(journal, at, left);
      if (n <= 0) _exit(71);
      at += n, left -= (size_t)n;
    }
  }
  control->n_records++;
}

static void note_names(int64_t kind, int64_t file, const char *a, const char *b) {
  struct iovec parts[2] = {{(void *)a, strlen(a) + 1}, {(void *)b, b ? strlen(b) + 1 : 0}};
  note(kind, file, 0, parts, b ? 2 : 1);
}

static struct watched *of(int fd) {
  return fd >= 0 && fd < MAX_FDS && fds[fd].is_watched ? &fds[fd] : NULL;
}

static int has_no_room(struct watched *it, int64_t end) {
  struct stat state;
  if (!it || it->is_folder || !control->fullness) return 0;
  if (control->fullness == 2) return 1;
  return stat(it->path, &state) || end > state.st_size;
}

static int open_watched(const char *path, int flags, mode_t mode) {
  if (!is_below(path)) return real_open(path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat state;
  int is_new = (flags & O_CREAT) && stat(path, &state);
  int fd = real_open(path, flags, mode), error = errno;
  if (fd >= 0 && fd < MAX_FDS && !fstat(fd, &state)) {
    free(fds[fd].path);
    fds[fd] = (struct watched){1, S_ISDIR(state.st_mode), state.st_ino, strdup(path)};
    if (!S_ISDIR(state.st_mode)) note_names(is_new ? CREATE : OPEN, (int64_t)state.st_ino, path, NULL);
    if ((flags & O_TRUNC) && !is_new) note(RESIZE, (int64_t)state.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

#define OPENS(name)                                     \
  int name(const char *path, int flags, ...) {          \
    va_list more;                                       \
    va_start(more, flags);                              \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                       \
    return open_watched(path, flags, mode);             \
  }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                  \
  int name(int folder, const char *path, int flags, ...) { \
    va_list more;                                       \
    va_start(more, flags);                              \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                       \
    if (folder == AT_FDCWD) return open_watched(path, flags, mode); \
    REAL(int, #name, int, const char *, int, ...);      \
    return real(folder, path, flags, mode);             \
  }
OPENS_AT(openat)
OPENS_AT(openat64)

int close(int fd) {
  REAL(int, "close", int);
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < MAX_FDS && fds[fd].is_watched) {
    free(fds[fd].path);
    fds[fd] = (struct watched){0, 0, 0, NULL};
  }
  int result = real(fd), error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

// Runs a write in its place among the records. `end` is where it would end.
#define WRITES(it, at, parts, n_parts, total, call)     \
  if (!(it) || (it)->is_folder) return call;            \
  pthread_mutex_lock(&lock);                            \
  int64_t begins = (at);                                \
  ssize_t result = -1;                                  \
  int error = ENOSPC;                                   \
  if (!has_no_room(it, begins + (int64_t)(total))) {    \
    result = call;                                      \
    error = errno;                                      \
    if (result == (ssize_t)(total)) note(WRITE, (int64_t)(it)->file, begins, parts, n_parts); \
    else if (result >= 0 && is_writing_down()) _exit(72); \
  }                                                     \
  pthread_mutex_unlock(&lock);                          \
  errno = error;                                        \
  return result

static int64_t position(int fd) {
  struct stat state;
  if ((fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &state)) return state.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

static size_t sum(const struct iovec *parts, int n) {
  size_t total = 0;
  for (int i = 0; i < n; i++) total += parts[i].iov_len;
  return total;
}

ssize_t write(int fd, const void *bytes, size_t n) {
  struct watched *it = of(fd);
  struct iovec part = {(void *)bytes, n};
  WRITES(it, position(fd), &part, 1, n, real_write(fd, bytes, n));
}
ssize_t writev(int fd, const struct iovec *parts, int n) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  struct watched *it = of(fd);
  WRITES(it, position(fd), parts, n, sum(parts, n), real(fd, parts, n));
}
#define PWRITES(name)                                                \
  ssize_t name(int fd, const void *bytes, size_t n, off_t at) {      \
    REAL(ssize_t, #name, int, const void *, size_t, off_t);          \
    struct watched *it = of(fd);                                     \
    struct iovec part = {(void *)bytes, n};                          \
    WRITES(it, at, &part, 1, n, real(fd, bytes, n, at));             \
  }
PWRITES(pwrite)
PWRITES(pwrite64)

#define RESIZES(name)                                                \
  int name(int fd, off_t size) {                                     \
    REAL(int, #name, int, off_t);                                    \
    struct watched *it = of(fd);                                     \
    if (!it) return real(fd, size);                                  \
    pthread_mutex_lock(&lock);                                       \
    int result = real(fd, size), error = errno;                      \
    if (!result) note(RESIZE, (int64_t)it->file, size, NULL, 0);     \
    pthread_mutex_unlock(&lock);                                     \
    errno = error;                                                   \
    return result;                                                   \
  }
RESIZES(ftruncate)
RESIZES(ftruncate64)

// Changes of names: `call` is carried out, and noted where it worked.
#define NAMES(is_watched, kind, a, b, call)                          \
  if (!(is_watched)) return call;                                    \
  pthread_mutex_lock(&lock);                                         \
  int result = call, error = errno;                                  \
  if (!result) note_names(kind, 0, a, b);                            \
  pthread_mutex_unlock(&lock);                                       \
  errno = error;                                                     \
  return result

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  NAMES(is_below(from) || is_below(to), RENAME, from, to, real(from, to));
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  REAL(int, "renameat", int, const char *, int, const char *);
  NAMES(is_below(from) || is_below(to), RENAME, from, to, real(from_folder, from, to_folder, to));
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
  int kind = flags & RENAME_EXCHANGE ? EXCHANGE : RENAME;
  NAMES(is_below(from) || is_below(to), kind, from, to, real(from_folder, from, to_folder, to, flags));
}
int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  NAMES(is_below(to), LINK, from, to, real(from, to));
}
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  NAMES(is_below(to), LINK, from, to, real(from_folder, from, to_folder, to, flags));
}
int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  NAMES(is_below(path), UNLINK, path, NULL, real(path));
}
int unlinkat(int folder, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  NAMES(folder == AT_FDCWD && is_below(path), UNLINK, path, NULL, real(folder, path, flags));
}
int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  NAMES(is_below(path), MKDIR, path, NULL, real(path, mode));
}
int mkdirat(int folder, const char *path, mode_t mode) {
  REAL(int, "mkdirat", int, const char *, mode_t);
  NAMES(folder == AT_FDCWD && is_below(path), MKDIR, path, NULL, real(folder, path, mode));
}

// Flushes are what a power cut leaves: while changes are written down they are noted only, which is faster.
#define FLUSHES(name)                                                \
  int name(int fd) {                                                 \
    REAL(int, #name, int);                                           \
    struct watched *it = of(fd);                                     \
    if (!it) return real(fd);                                        \
    pthread_mutex_lock(&lock);                                       \
    int is_noted = is_writing_down(), is_folder = it->is_folder;     \
    if (is_folder) note_names(SYNC_FOLDER, 0, it->path, NULL);       \
    else note(SYNC_FILE, (int64_t)it->file, 0, NULL, 0);             \
    pthread_mutex_unlock(&lock);                                     \
    return is_noted ? 0 : real(fd);                                  \
  }
FLUSHES(fsync)
FLUSHES(fdatasync)

int syncfs(int fd) {
  REAL(int, "syncfs", int);
  if (!of(fd) || !is_writing_down()) return real(fd);
  pthread_mutex_lock(&lock);
  note(SYNC_ALL, 0, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(int, "clock_gettime", clockid_t, struct timespec *);
  int result = real(clock, now);
  if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control->seconds;
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  REAL(int, "gettimeofday", struct timeval *, void *);
  int result = real(now, zone);
  if (!result) now->tv_sec += control->seconds;
  return result;
}
time_t time(time_t *to) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (to) *to = now.tv_sec;
  return now.tv_sec;
}
