// copy.c - the least that a dataplane on TAPs can do: reads frames from one TAP and writes them to the other, both ways.
//
// `copy POLLS`: the TAPs are descriptors 3 and 4, non-blocking and with the same virtio-net header. Both are asked once
// more after every turn, POLLS times when nothing comes; then it sleeps in epoll. It runs until it is killed.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { A = 3, B = 4, BATCH = 64, FRAME_BYTES = 65536 + 1024 };

static uint8_t frame[FRAME_BYTES];

/// Copies what there is, but no more than a batch: the other direction has its turn, too. Returns how many frames.
static unsigned copy(int from, int to) {
  unsigned frames = 0;
  for (; frames < BATCH; frames++) {
    const ssize_t size = read(from, frame, sizeof frame);
    if (size <= 0) break;
    // A frame that the other side does not take is lost, as on a wire.
    if (write(to, frame, (size_t)size) < 0) continue;
  }
  return frames;
}

int main(int argc, char **argv) {
  const unsigned polls = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int fd = A; fd <= B; fd++) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return perror("copy: epoll_ctl"), 1;
  }
  for (unsigned empty = 0;;) {
    struct epoll_event ready[2];
    if (empty > polls) epoll_wait(epoll, ready, 2, -1);
    const unsigned frames = copy(A, B) + copy(B, A);
    empty = frames == 0 ? empty + 1 : 0;
  }
}
