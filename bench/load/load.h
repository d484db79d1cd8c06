// load.h - what the modes of the load generator share: addresses, clocks, the processor time of the whole machine.
#ifndef KUBEWIRE_BENCH_LOAD_H
#define KUBEWIRE_BENCH_LOAD_H

#include <netinet/in.h>

#include <cstdint>
#include <string>

/// One run: every field comes from the command line.
struct Run {
  sockaddr_in target;  // receivers: port alone
  uint64_t duration_ns;
  uint32_t bytes;     // payload of a datagram
  uint32_t segments;  // datagrams a call by segmentation offload; 1 = none
  uint64_t rate;      // a second; 0 = as fast as it goes
};

uint64_t now_ns();
/// Sleeps until then, to the microsecond.
void sleep_until(uint64_t ns);
/// Processor time that the whole machine has used, in ns (/proc/stat: everything but idle and iowait).
uint64_t machine_busy_ns();
/// Prints the message with errno and exits with 1.
[[noreturn]] void fail(const char* what);

// Each prints one line of JSON; receivers say `ready` before it.
void blast(const Run& run);              // stream.cc: datagrams, as many as go
void sink(const Run& run);               // stream.cc: counts datagrams until it is told to stop (SIGTERM)
void echo(const Run& run);               // echo.cc: answers datagrams and TCP requests until SIGTERM
void requests(const Run& run);           // exchange.cc: one connection, request after response
void connections(const Run& run);        // exchange.cc: connect, request, response, close, again
void paced_requests(const Run& run);     // paced.cc: datagrams on a schedule, answered
void paced_connections(const Run& run);  // paced.cc: connections on a schedule
void names(const Run& run);              // dns.cc: queries for so many names as `segments` says

/// Set by SIGTERM.
extern volatile bool stopped;

#endif
