// view.h - what the programs of a pod see of files: this machine's, with the pod's own mounted over them.
//
// A store is a file system in memory that no mount namespace of the machine has; it ends with its file descriptors. A
// view is a mount namespace: that of this process, and parts of a store at their places. Where a place does not exist,
// the folder that would hold it becomes a mirror: a folder in memory that shows the same entries, and takes new ones.
#ifndef KUBEWIRE_IO_VIEW_H
#define KUBEWIRE_IO_VIEW_H

#include <string>
#include <vector>

#include "status.h"

namespace kubewire {

/// @param ns becomes the mount namespace that holds the store, @param root its root folder; the caller owns both
Status create_store(int* ns, int* root);

struct ViewMount {
  /// Relative to the root of the store: a file or a folder.
  std::string source;
  /// An absolute path. Parents come before what lies in them.
  std::string target;
  bool read_only = false;
};

/// @param fd becomes the mount namespace, which the caller owns. On failure nothing is left behind.
Status create_view(int store_ns, int store_root, const std::vector<ViewMount>& mounts, int* fd);

}  // namespace kubewire

#endif
