#include "services/ledger/appender.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "services/base/status.h"
#include "services/core/tlog/proof.h"
#include "services/ledger/prover.h"

namespace candor::ledger {
namespace {

constexpr int kDoubtTries = 20;
constexpr absl::Duration kDoubtPause = absl::Milliseconds(100);

std::size_t BytesOf(const Entry& entry) {
  std::size_t bytes = 2048 + entry.fingerprint_text.size();
  for (const vault::Section& section : entry.sections) bytes += section.bytes.size();
  return bytes;
}

absl::Status QueueFull(const char* what) {
  return RetryAfter(Because(absl::ResourceExhaustedError(what), "QUEUE_FULL"), absl::Milliseconds(250));
}

// Whether another try of the same statements may end otherwise.
bool IsTransient(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsUnknown(status);
}

absl::Status NotClosed(store::LedgerTransaction& transaction, Ledger& ledger, std::uint64_t size) {
  if (size == 0) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const std::string newest, transaction.LeafAt(size - 1));
  if (const std::string successor = Ledger::SuccessorIn(newest); !successor.empty()) ledger.Close(successor);
  return ledger.Writable();
}

}  // namespace

Appender::Appender(store::Address address, Ledgers& ledgers, const Clock& clock, AppenderLimits limits)
    : address_(std::move(address)), ledgers_(ledgers), clock_(clock), limits_(limits) {
  for (int i = 0; i < limits_.workers; ++i) {
    workers_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "appender");
      Work();
    });
  }
  ack_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "ack");
    Acknowledge();
  });
}

Appender::~Appender() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  workers_.clear();
  {
    absl::MutexLock lock(&ack_mutex_);
    acks_end_ = true;
  }
}

void Appender::Append(std::shared_ptr<Ledger> ledger, Entry entry, Done done) {
  if (absl::Status writable = ledger->Writable(); !writable.ok()) return done(std::move(writable));
  auto item = std::make_unique<Item>();
  item->bytes = BytesOf(entry);
  item->entry = std::move(entry);
  item->done = std::move(done);
  absl::Status refused;
  {
    absl::MutexLock lock(&mutex_);
    std::unique_ptr<Line>& line = lines_[ledger->tenant()];
    if (line == nullptr) {
      line = std::make_unique<Line>();
      line->ledger = ledger;
    }
    if (stopping_) {
      refused = Because(absl::UnavailableError("the server is stopping: repeat"), "STORE_UNAVAILABLE");
    } else if (line->entries >= limits_.queue_entries ||
               line->bytes + item->bytes > limits_.queue_bytes) {
      refused = QueueFull("the tenant's queue is full: repeat after the delay");
    } else {
      ++line->entries;
      line->bytes += item->bytes;
      line->incoming.push_back(std::move(item));
      List(*line);
      changed_.Signal();
    }
  }
  if (!refused.ok()) item->done(std::move(refused));
}

void Appender::List(Line& line) {
  if (!line.listed) active_.push_back(&line);
  line.listed = true;
}

// The worker that says it takes one of the jobs itself: another is woken for a second only.
void Appender::ListAgain(Line& line) {
  List(line);
  if (!line.incoming.empty()) changed_.Signal();
}

std::size_t Appender::Waiting(const Uuid& tenant) const {
  absl::MutexLock lock(&mutex_);
  const auto line = lines_.find(tenant);
  return line == lines_.end() ? 0 : line->second->entries;
}

bool Appender::TakeJob(Job& job) {
  const auto take = [&](std::deque<std::unique_ptr<Item>>& from) {
    const std::size_t count = std::min(from.size(), limits_.batch);
    std::move(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(job.items));
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
  };
  for (std::size_t tried = active_.size(); tried > 0; --tried) {
    Line* line = active_.front();
    active_.pop_front();
    if (line->incoming.empty() && line->prepared.empty()) {
      line->listed = false;
      continue;
    }
    active_.push_back(line);
    job.line = line;
    if (!line->appending && !line->prepared.empty()) {
      line->appending = job.append = true;
      take(line->prepared);
      return true;
    }
    if (!line->preparing && !line->incoming.empty() && line->prepared.size() < limits_.batch) {
      line->preparing = true;
      take(line->incoming);
      return true;
    }
  }
  return false;
}

void Appender::Work() {
  store::Connection connection(address_, store::Role::kWriter);
  for (;;) {
    Job job;
    {
      absl::MutexLock lock(&mutex_);
      while (!TakeJob(job)) {
        const bool drained = std::all_of(lines_.begin(), lines_.end(),
                                         [](const auto& line) { return line.second->entries == 0; });
        if (stopping_ && drained) {
          changed_.SignalAll();
          return;
        }
        changed_.Wait(&mutex_);
      }
    }
    job.append ? RunAppend(connection, job) : RunPrepare(connection, job);
  }
}

void Appender::RunPrepare(store::Connection& connection, Job& job) {
  Line& line = *job.line;
  Items ready;
  PrepareItems(connection, line, std::move(job.items), ready);
  absl::MutexLock lock(&mutex_);
  std::move(ready.begin(), ready.end(), std::back_inserter(line.prepared));
  line.preparing = false;
  ListAgain(line);
}

void Appender::PrepareItems(store::Connection& connection, Line& line, Items items, Items& ready) {
  const absl::Status status = Prepare(*line.ledger, connection, items);
  for (auto& item : items) {
    if (status.ok() && item->unfinished) {
      ready.push_back(std::move(item));
    } else if (!status.ok() && items.size() > 1 && !absl::IsUnavailable(status)) {
      Items one;  // The key of one person is damaged: each on its own.
      one.push_back(std::move(item));
      PrepareItems(connection, line, std::move(one), ready);
    } else {
      absl::Status bad = status.ok() ? item->position.status() : status;
      Finish(line, std::move(item), std::move(bad));
    }
  }
}

void Appender::RunAppend(store::Connection& connection, Job& job) {
  Line& line = *job.line;
  AppendItems(connection, *line.ledger, std::move(job.items), line);
  absl::MutexLock lock(&mutex_);
  line.appending = false;
  ListAgain(line);
  if (stopping_) changed_.SignalAll();
}

void Appender::AppendItems(store::Connection& connection, Ledger& ledger, Items items, Line& line) {
  Batch batch(ledger, items);
  absl::Status status = Commit(connection, ledger, batch);
  absl::StatusOr<Signed> checkpoint = Signed{};
  if (status.ok() && (batch.has_new() || batch.has_repeats())) {
    if (batch.has_new()) {
      batch.Committed();
      ++commits_;
      checkpoint = ledger.Sign(batch.rows().head);
    } else {
      checkpoint = ledger.newest();  // Commit touched and signed the head.
    }
    // It was written: a repetition finds it.
    if (!checkpoint.ok() || checkpoint->note.empty()) status = store::CommitInDoubt();
  }
  if (!status.ok() && items.size() > 1 && !absl::IsUnavailable(status) && !absl::IsUnknown(status) &&
      !absl::IsAborted(status) && !absl::IsDataLoss(status) && !IsReadOnly(status)) {
    // One of them is not to the database's liking: each on its own.
    for (auto& item : items) {
      Items one;
      one.push_back(std::move(item));
      AppendItems(connection, ledger, std::move(one), line);
    }
    return;
  }
  if (!status.ok()) {
    for (auto& item : items) Finish(line, std::move(item), status);
    return;
  }
  if (batch.has_new() && items[batch.fresh().front()]->entry.leaf.type == "close") {
    ledger.Close(Ledger::SuccessorIn(items[batch.fresh().front()]->leaf));  // It stands alone.
  }
  Committed committed{.ledger = line.ledger, .items = {}, .tree = {}, .checkpoint = checkpoint->note};
  for (const std::size_t i : batch.fresh()) {
    Release(line, *items[i]);
    committed.items.push_back(std::move(items[i]));
  }
  Items repeats;
  for (const std::size_t i : batch.repeats()) {
    Release(line, *items[i]);
    repeats.push_back(std::move(items[i]));
  }
  if (batch.has_new()) {
    committed.tree = batch.tree();
    if (committed.items.size() == 1) {
      Answer(committed);  // Waking the thread costs a lone caller more.
    } else {
      absl::MutexLock lock(&ack_mutex_);
      acks_.push_back(std::move(committed));
    }
  }
  if (!repeats.empty()) AnswerRepeats(connection, ledger, std::move(repeats), *checkpoint);
  {
    absl::MutexLock lock(&mutex_);
    for (auto i = batch.later().rbegin(); i != batch.later().rend(); ++i) {
      line.prepared.push_front(std::move(items[*i]));
    }
    for (auto i = batch.again().rbegin(); i != batch.again().rend(); ++i) {
      line.incoming.push_front(std::move(items[*i]));
    }
  }
  for (auto& item : items) {  // What is left was refused.
    if (item == nullptr) continue;
    absl::Status refused = item->position.status();
    Finish(line, std::move(item), std::move(refused));
  }
}

absl::Status Appender::Commit(store::Connection& connection, Ledger& ledger, Batch& batch) {
  absl::Status status;
  bool in_doubt = false;
  for (int tries = 0; tries < kDoubtTries; ++tries) {
    store::Head touched;
    bool in_step = false;
    status = store::Append(connection, [&](store::LedgerTransaction& transaction) -> absl::Status {
      CANDOR_ASSIGN_OR_RETURN(const store::Head head, transaction.Lock(ledger.tenant()));
      CANDOR_RETURN_IF_ERROR(ledger.CheckHead(head));
      in_step = tries == 0 && ledger.open_tiles().size() == head.size;
      if (!in_step) ledger.keyring().Distrust();
      CANDOR_ASSIGN_OR_RETURN(const store::Answers answers, transaction.Settle(batch.Ask(in_step)));
      batch.Settle(answers);
      if (const Erasing* erasing = batch.erasing()) {
        CANDOR_RETURN_IF_ERROR(batch.Destroy(FindDestroyed(transaction, *erasing)));
      }
      if (!batch.has_new()) {
        touched = head;
        return batch.has_repeats() ? transaction.Touch() : absl::OkStatus();
      }
      OpenTiles tiles = ledger.open_tiles();
      if (tiles.size() != head.size) {
        CANDOR_ASSIGN_OR_RETURN(tiles, OpenTiles::Read(transaction, head.size));
        CANDOR_RETURN_IF_ERROR(NotClosed(transaction, ledger, head.size));  // Another process may have.
      }
      CANDOR_RETURN_IF_ERROR(batch.Build(head, clock_.Now(), std::move(tiles)));
      CANDOR_RETURN_IF_ERROR(ledger.NoteErasure(batch.rows(), /*done=*/false));
      return transaction.Write(batch.rows());
    });
    if (status.ok() && batch.has_new()) {
      // What is noted as begun alone is taken for done where the ledger holds it.
      ledger.NoteErasure(batch.rows(), /*done=*/true).IgnoreError();
    }
    if (status.ok()) {
      if (batch.has_new() || !batch.has_repeats()) return status;
      status = ledger.Sign(touched).status();
      if (status.ok()) return status;
      break;
    }
    // In doubt, the requests are looked up again under the lock: what was committed
    // turns out to be a repetition, and a clean commit then proves it durable.
    in_doubt = in_doubt || absl::IsUnknown(status);
    // A database that went back holds what was erased since: that is destroyed again at once.
    if (ReasonOf(status) == "TIME_LINE_CHANGED" || ReasonOf(status) == "LEDGER_READ_ONLY") {
      if (absl::Status compared = ledger.CompareMarks(connection); !compared.ok()) status = compared;
    }
    if (ReasonOf(status) == "KEYS_CHANGED") {
      if (absl::Status read = ledger.RereadKeys(connection); !read.ok()) status = read;
    }
    // It may be a repetition: now it asks.
    if (in_step && !IsTransient(status) && !absl::IsUnavailable(status)) continue;
    // A database that is away while a commit is in doubt leaves it in doubt.
    if (!IsTransient(status) && !(in_doubt && absl::IsUnavailable(status))) break;
    if (tries > 2) absl::SleepFor(kDoubtPause);
    for (int waits = 0; in_doubt && !connection.Ensure().ok(); ++waits) {
      if (waits == kDoubtTries) return store::CommitInDoubt();
      absl::SleepFor(kDoubtPause);
    }
  }
  if (absl::IsDataLoss(status)) ledger.MakeReadOnly(std::string(status.message()));
  return in_doubt ? store::CommitInDoubt() : status;
}

void Appender::AnswerRepeats(store::Connection& connection, Ledger& ledger, Items items,
                             const Signed& checkpoint) {
  Prover prover(connection, ledger.tenant(), checkpoint.size);
  for (auto& item : items) {
    const absl::StatusOr<std::vector<Digest>> path = prover.Inclusion(*item->position);
    if (!path.ok()) {
      item->done(path.status());
      continue;
    }
    item->done(Receipt{.position = *item->position, .leaf = std::move(item->leaf),
                       .proof = core::ProofText(*item->position, *path, checkpoint.note)});
  }
}

void Appender::Finish(Line& line, std::unique_ptr<Item> item, absl::StatusOr<Receipt> answer) {
  Release(line, *item);
  item->done(std::move(answer));
}

void Appender::Release(Line& line, const Item& item) {
  absl::MutexLock lock(&mutex_);
  --line.entries;
  line.bytes -= item.bytes;
}

void Appender::Acknowledge() {
  for (;;) {
    Committed batch;
    {
      absl::MutexLock lock(&ack_mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(ack_mutex_) {
        return !acks_.empty() || acks_end_;
      };
      ack_mutex_.Await(absl::Condition(&ready));
      if (acks_.empty()) return;
      batch = std::move(acks_.front());
      acks_.pop_front();
    }
    Answer(batch);
  }
}

void Appender::Answer(Committed& batch) {
  for (auto& item : batch.items) {
    const std::uint64_t position = *item->position;
    const std::vector<Digest> path = batch.tree->ProofOf(position);
    item->done(Receipt{.position = position, .leaf = std::move(item->leaf),
                       .proof = core::ProofText(position, path, batch.checkpoint)});
  }
}

}  // namespace candor::ledger
