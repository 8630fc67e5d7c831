#include "services/rpc/rights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/unit/rpc/methods.h"

namespace candor::rpc {
namespace {

using domain::Role;
using domain::Roles;

bool Holds(Role role, std::string_view method) {
  domain::Caller caller;
  caller.roles = domain::Bit(role);
  return May(caller, method);
}

std::vector<Role> AllRoles() {
  std::vector<Role> roles;
  for (int i = 0; i < domain::kRoles; ++i) roles.push_back(static_cast<Role>(i));
  return roles;
}

// The roles of the last sentence `Roles: …` of a comment; nothing without one. It ends with
// a full stop or, in the comment of a service, with a semicolon.
std::optional<Roles> RolesSaidIn(const std::string& comment) {
  const std::size_t begin = comment.find("Roles: ");
  if (begin == std::string::npos) return std::nullopt;
  std::string list = comment.substr(begin + 7);
  std::istringstream names(list.substr(0, list.find_first_of(".;")));
  Roles roles = 0;
  for (std::string name; std::getline(names, name, ',');) {
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    if (const auto owner = name.find("'s"); owner != std::string::npos) name.erase(owner, 2);
    std::replace(name.begin(), name.end(), ' ', '_');
    const auto role = domain::RoleOf(name);
    EXPECT_TRUE(role.has_value()) << name << " is no role";
    if (role) roles |= domain::Bit(*role);
  }
  return roles;
}

// What the comments of the contract say, by method: of the method, or else of its service.
std::map<std::string, Roles> RolesOfTheComments() {
  std::map<std::string, Roles> said;
  std::set<std::string> files;
  for (const auto* method : MethodsOfTheContract()) files.insert(method->file()->name());
  for (const std::string& file : files) {
    std::ifstream text(CANDOR_SOURCE_DIR "/proto/" + file);
    std::string comment, service;
    std::optional<Roles> usual;
    for (std::string line; std::getline(text, line);) {
      const std::size_t begin = line.find_first_not_of(' ');
      const std::string code = begin == std::string::npos ? "" : line.substr(begin);
      if (code.rfind("//", 0) == 0) {
        comment += code.substr(2);
        continue;
      }
      std::istringstream words(code);
      std::string word, name;
      words >> word >> name;
      if (word == "service") {
        service = name;
        usual = RolesSaidIn(comment);
        EXPECT_TRUE(usual.has_value()) << service << " says no roles";
      } else if (word == "rpc") {
        const std::string path = "/candor.v1." + service + "/" + name.substr(0, name.find('('));
        said[path] = RolesSaidIn(comment).value_or(usual.value_or(0));
      }
      comment.clear();
    }
  }
  return said;
}

TEST(Rights, AreThoseThatTheCommentsOfTheContractSay) {
  const std::map<std::string, Roles> said = RolesOfTheComments();

  for (const auto* method : MethodsOfTheContract()) {
    const std::string path = PathOf(*method);
    ASSERT_TRUE(said.contains(path)) << path;
    for (const Role role : AllRoles()) {
      EXPECT_EQ(Holds(role, path), (said.at(path) & domain::Bit(role)) != 0)
          << path << " for " << domain::RoleName(role);
    }
  }
}

TEST(Rights, AreNoneToWhatIsNoMethodOfTheContract) {
  for (const char* method : {"", "/", "/candor.v1.", "/candor.v2.DecisionService/Authorize",
                             "/candor.v1.OtherService/Authorize", "DecisionService/Authorize"}) {
    EXPECT_FALSE(RolesFor(method).has_value()) << method;
    EXPECT_FALSE(Holds(Role::kOperator, method)) << method;
  }
}

TEST(Rights, AreNoneWithoutARole) {
  domain::Caller nobody, nonsense;
  nonsense.roles = ~((Roles{1} << domain::kRoles) - 1);

  for (const auto* method : MethodsOfTheContract()) {
    EXPECT_FALSE(May(nobody, PathOf(*method)));
    EXPECT_FALSE(May(nonsense, PathOf(*method)));
  }
}

TEST(Rights, AddUpOverTheRolesOfACaller) {
  domain::Caller both;
  both.roles = domain::Bit(Role::kReviewer) | domain::Bit(Role::kModelOwner);

  for (const auto* method : MethodsOfTheContract()) {
    const std::string path = PathOf(*method);
    EXPECT_EQ(May(both, path), Holds(Role::kReviewer, path) || Holds(Role::kModelOwner, path));
  }
}

// A request of the operator must be able to name the tenant it means, or mean none.
TEST(Rights, OfTheOperatorAreToAdministrationAlone) {
  for (const auto* method : MethodsOfTheContract()) {
    if (!Holds(Role::kOperator, PathOf(*method))) continue;
    EXPECT_EQ(method->service()->name(), "AdminService") << method->name();
    const std::set<std::string> of_all = {"CreateTenant", "ListTenants", "BackupKeys",
                                          "ConfirmBackup"};
    const bool names_a_tenant = method->input_type()->FindFieldByName("tenant_id") != nullptr;
    EXPECT_TRUE(names_a_tenant || of_all.contains(method->name())) << method->name();
  }
}

TEST(Rights, OfAPersonAreToTheirOwnViewAlone) {
  for (const auto* method : MethodsOfTheContract()) {
    const bool own = method->service()->name() == "TransparencyService";
    for (const Role role : AllRoles()) {
      if (role == Role::kPerson || own) {
        EXPECT_EQ(Holds(role, PathOf(*method)), own && role == Role::kPerson) << method->name();
      }
    }
  }
}

// What takes a request id is written down.
TEST(Rights, OfAPersonWhoseTokenOnlyReadsAreToWhatWritesNothing) {
  domain::Caller reader;
  reader.roles = domain::Bit(Role::kPerson);
  reader.read_only = true;

  for (const auto* method : MethodsOfTheContract()) {
    const bool own = method->service()->name() == "TransparencyService";
    const bool writes = method->input_type()->FindFieldByName("request_id") != nullptr;
    EXPECT_EQ(May(reader, PathOf(*method)), own && !writes) << method->name();
  }
}

TEST(Rights, KeepApartWhatNoOneRoleMayDoAlone) {
  for (const Role role : AllRoles()) {
    const bool decides = Holds(role, "/candor.v1.DecisionService/Authorize");
    // Who decides does not review, and does not read what others recorded with personal data.
    EXPECT_FALSE(decides && Holds(role, "/candor.v1.OversightService/ResolveTask"));
    EXPECT_FALSE(decides && Holds(role, "/candor.v1.AuditService/GetDossier"));
    // Who writes policies does not register the systems that they judge.
    EXPECT_FALSE(Holds(role, "/candor.v1.RegistryService/RegisterPolicySet") &&
                 Holds(role, "/candor.v1.RegistryService/RegisterSystem"));
  }
}

// Whoever adds a method says here why a regulator may call it.
TEST(Rights, LeaveARegulatorNothingThatNoGrantLimits) {
  const std::set<std::string> limited = {"Search", "GetDossier", "Aggregate", "ListGaps", "ListReads", "RunReport", "Export",
                                         "ListGrants", "ListIncidents"};
  const std::set<std::string> hashes_alone = {"GetCheckpoint", "GetInclusion", "GetConsistency", "GetTile", "WatchCheckpoints"};
  int seen = 0;
  const std::set<std::string> settings = {"ListRetentionClasses"};  // And the registry: of systems, not of decisions.
  for (const auto* method : MethodsOfTheContract()) {
    const std::string name(method->name());
    if (!Holds(Role::kRegulator, PathOf(*method))) continue;
    const bool is_registry = method->service()->name() == "RegistryService";
    EXPECT_EQ(limited.count(name) + hashes_alone.count(name) + settings.count(name) + (is_registry ? 1 : 0), 1U) << name;
    ++seen;
  }
  EXPECT_GT(seen, 15);
}

}  // namespace
}  // namespace candor::rpc
