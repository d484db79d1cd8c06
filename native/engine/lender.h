// lender.h - Lender: whoever carries flows without asking the engine (io/fastpath.h), as the flow table sees it.
#ifndef KUBEWIRE_ENGINE_LENDER_H
#define KUBEWIRE_ENGINE_LENDER_H

#include "core/flow.h"

namespace kubewire {

class Lender {
 public:
  virtual ~Lender() = default;
  /// Somebody asks for a flow that is lent: its record is made as new as it is, and the flow is the engine's until the
  /// lender is told to go on.
  virtual void call_in(kw_flow* flow) = 0;
  /// A flow that is lent is about to be forgotten.
  virtual void end(kw_flow* flow) = 0;
};

}  // namespace kubewire

#endif
