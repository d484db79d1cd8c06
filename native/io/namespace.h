// namespace.h - anonymous network namespaces, held by file descriptor, and work done inside them.
//
// The calling thread never changes its namespace: the work is done on a helper thread, which then ends.
#ifndef KUBEWIRE_IO_NAMESPACE_H
#define KUBEWIRE_IO_NAMESPACE_H

#include <functional>
#include <string>

#include "status.h"

namespace kubewire {

/// Runs `work` on a new thread and waits for it. Signals are blocked there, so that the older threads keep getting them.
Status on_helper_thread(const std::function<Status()>& work);

/// Makes an anonymous network namespace and brings its loopback up. It lives as long as `*fd`, or a socket or process
/// in it.
Status create_namespace(int* fd);

/// Runs `work` on a helper thread inside the namespace `fd` and waits for it.
Status in_namespace(int fd, const std::function<Status()>& work);

/// Writes a sysctl of the calling thread's namespace. `key` has dots, as in net.ipv4.ip_forward; a "/" means a dot
/// inside a part.
Status write_sysctl(const std::string& key, const std::string& value);

}  // namespace kubewire

#endif
