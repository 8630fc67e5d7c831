#include "services/crypto/seal.h"

#include <limits>

#include "services/base/check.h"
#include "services/crypto/algorithms.h"

namespace candor::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kWrappedBytes = 40;

class CipherContext {
 public:
  explicit CipherContext(const EVP_CIPHER* algorithm) : context_(EVP_CIPHER_CTX_new()) {
    CANDOR_CHECK(context_ != nullptr);
    EVP_CIPHER_CTX_set_flags(context_, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    CANDOR_CHECK(EVP_EncryptInit_ex2(context_, algorithm, nullptr, nullptr, nullptr) == 1);
  }
  ~CipherContext() { EVP_CIPHER_CTX_free(context_); }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;

  EVP_CIPHER_CTX* get() { return context_; }

 private:
  EVP_CIPHER_CTX* context_;
};

int Length(BytesView bytes) {
  CANDOR_CHECK(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(bytes.size());
}

// A context for one message. It is kept by the thread, because making one costs as much
// as sealing a kilobyte; the key that it was used with is overwritten at the end.
class GcmMessage {
 public:
  GcmMessage(const Key& key, BytesView nonce, bool encrypt) : context_(ThisThreads()) {
    CANDOR_CHECK(EVP_CipherInit_ex2(context_, nullptr, key.view().data(), nonce.data(),
                                    encrypt ? 1 : 0, nullptr) == 1);
  }
  ~GcmMessage() {
    static constexpr std::uint8_t kNoKey[32] = {};
    CANDOR_CHECK(EVP_CipherInit_ex2(context_, nullptr, kNoKey, nullptr, -1, nullptr) == 1);
  }
  GcmMessage(const GcmMessage&) = delete;
  GcmMessage& operator=(const GcmMessage&) = delete;

  void AddAdditional(BytesView bytes) {
    if (bytes.empty()) return;
    int written = 0;
    CANDOR_CHECK(EVP_CipherUpdate(context_, nullptr, &written, bytes.data(), Length(bytes)) == 1);
  }

  void Process(BytesView in, std::uint8_t* out) {
    if (in.empty()) return;
    int written = 0;
    CANDOR_CHECK(EVP_CipherUpdate(context_, out, &written, in.data(), Length(in)) == 1);
    CANDOR_CHECK(written == Length(in));
  }

  void FinishSealing(std::uint8_t* tag) {
    int written = 0;
    CANDOR_CHECK(EVP_CipherFinal_ex(context_, tag, &written) == 1 && written == 0);
    CANDOR_CHECK(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
  }

  bool FinishOpening(BytesView tag) {
    std::uint8_t expected[kTagBytes];
    std::copy(tag.begin(), tag.end(), expected);
    CANDOR_CHECK(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kTagBytes, expected) == 1);
    int written = 0;
    std::uint8_t nothing[kTagBytes];
    return EVP_CipherFinal_ex(context_, nothing, &written) == 1;
  }

 private:
  static EVP_CIPHER_CTX* ThisThreads() {
    thread_local CipherContext context(GcmAlgorithm());
    return context.get();
  }

  EVP_CIPHER_CTX* context_;
};

absl::Status NotSealedHere() {
  return absl::DataLossError("not what was sealed under this key for this place");
}

}  // namespace

Bytes SealAesGcm(const Key& key, std::span<const std::uint8_t, 12> nonce, BytesView plaintext,
                 BytesView additional) {
  Bytes sealed(kNonceBytes + plaintext.size() + kTagBytes);
  std::copy(nonce.begin(), nonce.end(), sealed.begin());
  GcmMessage message(key, nonce, /*encrypt=*/true);
  message.AddAdditional(additional);
  message.Process(plaintext, sealed.data() + kNonceBytes);
  message.FinishSealing(sealed.data() + kNonceBytes + plaintext.size());
  return sealed;
}

absl::StatusOr<Bytes> OpenAesGcm(const Key& key, BytesView sealed, BytesView additional) {
  if (sealed.size() < kNonceBytes + kTagBytes) return NotSealedHere();
  const BytesView text = sealed.subspan(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  Bytes plaintext(text.size());
  GcmMessage message(key, sealed.first(kNonceBytes), /*encrypt=*/false);
  message.AddAdditional(additional);
  message.Process(text, plaintext.data());
  if (!message.FinishOpening(sealed.last(kTagBytes))) {
    Cleanse(plaintext);
    return NotSealedHere();
  }
  return plaintext;
}

std::array<std::uint8_t, 40> WrapKey(const Key& under, const Key& key) {
  CipherContext context(WrapAlgorithm());
  CANDOR_CHECK(EVP_EncryptInit_ex2(context.get(), nullptr, under.view().data(), nullptr, nullptr) ==
               1);
  std::array<std::uint8_t, kWrappedBytes> wrapped;
  int written = 0;
  CANDOR_CHECK(EVP_EncryptUpdate(context.get(), wrapped.data(), &written, key.view().data(),
                                 Length(key.view())) == 1);
  CANDOR_CHECK(written == static_cast<int>(kWrappedBytes));
  return wrapped;
}

absl::StatusOr<Key> UnwrapKey(const Key& under, BytesView wrapped) {
  const absl::Status refused = absl::DataLossError("not a key wrapped under this one");
  if (wrapped.size() != kWrappedBytes) return refused;
  CipherContext context(WrapAlgorithm());
  CANDOR_CHECK(EVP_DecryptInit_ex2(context.get(), nullptr, under.view().data(), nullptr, nullptr) ==
               1);
  Secret<kWrappedBytes> out;  // OpenSSL uses eight bytes more than it gives.
  int written = 0;
  const int good = EVP_DecryptUpdate(context.get(), out.fill().data(), &written, wrapped.data(),
                                     Length(wrapped));
  if (good != 1 || written != 32) return refused;
  return Key(out.view().first<32>());
}

}  // namespace candor::crypto
