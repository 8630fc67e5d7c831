// PostgreSQL's disk is full: writes fail and say so, nothing that was acknowledged is lost,
// and all goes on once there is room. The disk is a small one in memory, seen by this
// program alone; where the machine permits none, the test is skipped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/chaos/load.h"

namespace candor::chaos {
namespace {

using e2e::Client;
using e2e::Folder;
using e2e::Tenant;
using e2e::World;

constexpr const char* kDisk = "size=256m,mode=755";
constexpr int kMostRequests = 20000;

bool WriteText(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return static_cast<bool>(file);
}

// Mounts a small disk at `folder`, in a mount namespace of this program's own.
bool MountSmallDisk(const std::string& folder) {
  if (getuid() == 0) {
    if (unshare(CLONE_NEWNS) != 0) return false;
  } else {
    const std::string user = std::to_string(getuid()), group = std::to_string(getgid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    if (!WriteText("/proc/self/setgroups", "deny") || !WriteText("/proc/self/uid_map", user + " " + user + " 1") ||
        !WriteText("/proc/self/gid_map", group + " " + group + " 1")) {
      return false;
    }
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("candor", folder.c_str(), "tmpfs", 0, kDisk) == 0;
}

class FullDisk : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    disk_ = new Folder();
    mounted_ = MountSmallDisk(disk_->path());
    setenv("TMPDIR", disk_->path().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): PostgreSQL's home.
  }
  static void TearDownTestSuite() {
    umount2(disk_->path().c_str(), MNT_DETACH);
    delete disk_;
  }

  void SetUp() override {
    if (!mounted_) GTEST_SKIP() << "this machine permits no mount of its own";
  }

  static std::string Filler() { return disk_->path() + "/filler"; }

  // Takes every byte that is left.
  static void Fill() {
    const std::vector<char> block(4096, 'x');
    const int file = open(Filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (write(file, block.data(), block.size()) > 0) {
    }
    close(file);
  }

  static Folder* disk_;
  static bool mounted_;
};
Folder* FullDisk::disk_ = nullptr;
bool FullDisk::mounted_ = false;

TEST_F(FullDisk, RefusesToWriteAndGoesOnOnceThereIsRoom) {
  World& world = World::Get();
  const Tenant tenant = world.MakeTenant();
  Journal journal;
  const auto ask = [&](const v1::AuthorizeRequest& request) {
    const auto answer = tenant.component.Call<v1::AuthorizeResponse>(request);
    if (answer.ok()) journal.Answered(request.request_id(), answer->receipt());
    return answer;
  };
  v1::AuthorizeRequest large = e2e::Question();
  large.set_inputs_json("\"" + std::string(100000, 'x') + "\"");
  ASSERT_TRUE(ask(large).ok());
  Fill();

  v1::AuthorizeRequest refused;
  e2e::Refusal refusal;
  for (int i = 0; i < kMostRequests && refusal.code == grpc::StatusCode::OK; ++i) {
    refused = large;
    refused.set_request_id(e2e::NewId());
    refusal = ask(refused).refusal();
    Fill();  // What PostgreSQL gave back by itself.
  }
  v1::GetReceiptRequest read;
  read.set_request_id(large.request_id());
  const auto still_read = tenant.component.Call<v1::GetReceiptResponse>(read);
  std::filesystem::remove(Filler());
  auto repeated = ask(refused);
  for (int tries = 0; tries < 600 && repeated.status.error_code() == grpc::StatusCode::UNAVAILABLE; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    repeated = ask(refused);
  }

  EXPECT_EQ(refusal.code, grpc::StatusCode::UNAVAILABLE) << refusal;
  EXPECT_EQ(refusal.reason, "STORE_UNAVAILABLE") << refusal;
  EXPECT_NE(refusal.message.find("disk"), std::string::npos) << refusal;
  EXPECT_TRUE(still_read.ok()) << still_read.refusal();
  EXPECT_TRUE(repeated.ok()) << repeated.refusal();
  EXPECT_TRUE(ask(e2e::Question()).ok());
  journal.Check(world.database(), tenant, "refund_client");
}

}  // namespace
}  // namespace candor::chaos
