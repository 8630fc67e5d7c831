// SHA-256 of bytes that come in pieces.
//
// Belongs to one thread.
#pragma once

#include "services/base/digest.h"

struct evp_md_ctx_st;

namespace candor::crypto {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Add(BytesView bytes);

  // Of all that was added since the last Finish. Starts again at once, which also overwrites
  // the result inside (it may have been a key).
  Digest Finish();

 private:
  evp_md_ctx_st* context_;
};

}  // namespace candor::crypto
