// program_object.cc - functions of the addon for the programs of a lab: the files that they see, and their processes.
#include "io/process.h"
#include "io/view.h"
#include "values.h"

namespace kubewire {

namespace {

constexpr const char* kNamespaceMessage = "namespace must be a file descriptor";

/// createStore(): [mount namespace, root folder]
Napi::Value CreateStore(const Napi::CallbackInfo& info) {
  int ns = -1, root = -1;
  if (!throw_unless_ok(info.Env(), create_store(&ns, &root))) return info.Env().Undefined();
  Napi::Array result = Napi::Array::New(info.Env(), 2);
  result.Set(0u, Napi::Number::New(info.Env(), ns));
  result.Set(1u, Napi::Number::New(info.Env(), root));
  return result;
}

/// createView(store's mount namespace, its root folder, runs of [source, target, "ro" or ""]): fd
Napi::Value CreateView(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ns = -1, root = -1, view = -1;
  std::vector<std::string> runs;
  if (!fd_argument(env, info[0], &ns, kNamespaceMessage) ||
      !fd_argument(env, info[1], &root, "root must be a file descriptor") ||
      !texts_argument(env, info[2], &runs, "mounts must be a list of text")) {
    return env.Undefined();
  }
  std::vector<ViewMount> mounts;
  for (size_t i = 0; i + 3 <= runs.size(); i += 3) mounts.push_back({runs[i], runs[i + 1], runs[i + 2] == "ro"});
  if (!throw_unless_ok(env, create_view(ns, root, mounts, &view))) return env.Undefined();
  return Napi::Number::New(env, view);
}

bool read_command(const Napi::CallbackInfo& info, Command* command) {
  const Napi::Env env = info.Env();
  return texts_argument(env, info[0], &command->argv, "argv must be a list of text") &&
         texts_argument(env, info[1], &command->env, "env must be a list of text") &&
         text_argument(env, info[2], &command->directory, "directory must be text") &&
         fd_argument(env, info[3], &command->stdio[0], "stdin must be a file descriptor") &&
         fd_argument(env, info[4], &command->stdio[1], "stdout must be a file descriptor") &&
         fd_argument(env, info[5], &command->stdio[2], "stderr must be a file descriptor") &&
         fd_argument(env, info[6], &command->network_namespace, kNamespaceMessage) &&
         fd_argument(env, info[7], &command->user_namespace, "user namespace must be a file descriptor") &&
         flag_argument(env, info[8], &command->own_session, "ownSession must be a boolean") &&
         fd_argument(env, info[9], &command->owner_pid, "ownerPid must be a number") &&
         flag_argument(env, info[10], &command->terminal, "terminal must be a boolean") &&
         fd_argument(env, info[11], &command->mount_namespace, "view must be a file descriptor") &&
         text_argument(env, info[12], &command->hostname, "hostname must be text");
}

/// spawn(argv, env, directory, stdin, stdout, stderr, namespace, userNamespace, ownSession, ownerPid,
/// terminal, view, hostname, ended: (code, signal) => void): pid
Napi::Value Spawn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Command command;
  if (!read_command(info, &command)) return env.Undefined();
  if (!info[13].IsFunction()) return wrong_argument(env, "ended must be a function"), env.Undefined();
  auto callback = Napi::ThreadSafeFunction::New(env, info[13].As<Napi::Function>(), "kubewire spawn", 0, 1);
  int pid = -1;
  const Status status = spawn(command, &pid, [callback](Exit exit) mutable {
    callback.BlockingCall([exit](Napi::Env at, Napi::Function ended) {
      ended.Call({Napi::Number::New(at, exit.code), Napi::Number::New(at, exit.signal)});
    });
    callback.Release();
  });
  if (!status.ok()) callback.Release();
  if (!throw_unless_ok(env, status)) return env.Undefined();
  return Napi::Number::New(env, pid);
}

/// replaceProcess(argv, env): returns never, or throws
Napi::Value ReplaceProcess(const Napi::CallbackInfo& info) {
  std::vector<std::string> argv, environment;
  if (texts_argument(info.Env(), info[0], &argv, "argv must be a list of text") &&
      texts_argument(info.Env(), info[1], &environment, "env must be a list of text")) {
    throw_unless_ok(info.Env(), replace_process(argv, environment));
  }
  return info.Env().Undefined();
}

/// probeAccess(userNamespace: boolean): throws when namespaces or TAPs cannot be made
Napi::Value ProbeAccess(const Napi::CallbackInfo& info) {
  bool user_namespace = false;
  if (flag_argument(info.Env(), info[0], &user_namespace, "userNamespace must be a boolean")) {
    throw_unless_ok(info.Env(), probe_access(user_namespace));
  }
  return info.Env().Undefined();
}

}  // namespace

Napi::Object InitPrograms(Napi::Env env, Napi::Object exports) {
  exports.Set("createStore", Napi::Function::New(env, CreateStore));
  exports.Set("createView", Napi::Function::New(env, CreateView));
  exports.Set("spawn", Napi::Function::New(env, Spawn));
  exports.Set("replaceProcess", Napi::Function::New(env, ReplaceProcess));
  exports.Set("probeAccess", Napi::Function::New(env, ProbeAccess));
  return exports;
}

}  // namespace kubewire
