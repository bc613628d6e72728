// Runs a program and tells what the kernel counted of it, as one line of JSON; what the program itself prints is dropped.
// usage: measured PROGRAM ARGUMENTS...
#include "rows.h"
#include <csignal>
#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static const int kNotStarted = 127;

static void become(char **command) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // whoever ends this program ends the other, too
#endif
  const int null = open("/dev/null", O_WRONLY);
  if (null >= 0) dup2(null, STDOUT_FILENO);
  execvp(command[0], command);
  fprintf(stderr, "measured: %s: %s\n", command[0], strerror(errno));
  _exit(kNotStarted);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s PROGRAM ARGUMENTS...\n", argv[0]);
    return 2;
  }
  const double started = now_seconds();
  const pid_t child = fork();
  if (child == 0) become(argv + 1);
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    fprintf(stderr, "measured: %s\n", strerror(errno));
    return 2;
  }
  const double seconds = now_seconds() - started;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "measured: %s ended with %s %d\n", argv[1], WIFEXITED(status) ? "code" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return 1;
  }
  printf("{\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"peakRssKib\":%ld}\n", seconds, cpu_seconds_of(usage), usage.ru_maxrss);
  return 0;
}
