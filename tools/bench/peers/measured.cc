// Runs a program and tells what the kernel counted of it, as one line of JSON; what the program itself prints is dropped.
// usage: measured PROGRAM ARGUMENTS...
#include "rows.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s PROGRAM ARGUMENTS...\n", argv[0]);
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child;
  const double started = now_seconds();
  const int error = posix_spawnp(&child, argv[1], &actions, nullptr, argv + 1, environ);
  if (error != 0) {
    fprintf(stderr, "measured: %s: %s\n", argv[1], strerror(error));
    return 2;
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) != child) return 2;
  const double seconds = now_seconds() - started;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "measured: %s ended with %s %d\n", argv[1], WIFEXITED(status) ? "code" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return 1;
  }
  printf("{\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"peakRssKib\":%ld}\n", seconds, cpu_seconds_of(usage), usage.ru_maxrss);
  return 0;
}
