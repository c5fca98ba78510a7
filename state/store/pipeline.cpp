#include "state/store/pipeline.h"

#include "state/store/change.h"
#include "state/store/rows.h"

namespace town::store {

Pipeline::Pipeline(Database& database, Hub& hub, Start start, Hooks hooks)
    : database_(database),
      hub_(hub),
      hooks_(std::move(hooks)),
      head_(std::move(start.now)),
      last_intent_(start.last_intent),
      events_(std::move(start.events)) {}

std::shared_ptr<const Graph> Pipeline::head() const {
  const std::lock_guard lock(mutex_);
  return head_.graph;
}

std::vector<std::uint64_t> Pipeline::events_of(const Key& key) const {
  const std::lock_guard lock(mutex_);
  return events_.of(key);
}

Pipeline::Receipt Pipeline::commit(IntentRecord intent, const GraphDelta& delta,
                                   const std::function<void(Batch&)>& note, Time now) {
  for (const auto& resource : delta.put) {
    check_key(resource.key);
    for (const auto& key : resource.needs) check_key(key);
  }
  const std::lock_guard lock(mutex_);
  auto& group = gathering(Writer::people);
  Change change(head_, events_, group.batch, now);
  for (const auto& resource : delta.put) change.put(resource);
  for (const auto& key : delta.erased) change.erase(key);
  change.finish(group.notices);
  intent.number = ++last_intent_;
  intent.revision = head_.revision;
  if (intent.when == Time{}) intent.when = now;
  put_intent(group.batch, intent);
  put_meta(group.batch, kIntentRow, last_intent_);
  note(group.batch);
  group.synced = true;
  group.after = head_;
  return {gathering_, intent.revision, intent.number};
}

void Pipeline::report(const std::vector<StatusUpdate>& statuses, const std::vector<Event>& events,
                      const std::vector<Key>& finalized, const std::string& finalizer, Time now) {
  GroupPtr group;
  {
    const std::lock_guard lock(mutex_);
    // What a removal leaves free must not wait for room.
    auto& gathered = gathering(finalized.empty() ? Writer::loops : Writer::people);
    Change change(head_, events_, gathered.batch, now);
    for (const auto& key : finalized) change.finalize(key, finalizer);
    for (const auto& update : statuses) change.set(update);
    for (const auto& event : events) change.add(event);
    if (!change.any()) return;
    change.finish(gathered.notices);
    gathered.synced = gathered.synced || change.erased_any();
    gathered.after = head_;
    group = gathering_;
  }
  await(group);
}

void Pipeline::write(const std::function<void(Batch&)>& fill) {
  GroupPtr group;
  {
    const std::lock_guard lock(mutex_);
    auto& gathered = gathering(Writer::people);
    fill(gathered.batch);
    gathered.synced = true;
    gathered.after = head_;
    group = gathering_;
  }
  await(group);
}

/// The group that waits for the write under way. Called with the lock held.
Pipeline::Group& Pipeline::gathering(Writer writer) {
  if (broken_) throw Error(*broken_);
  if (hooks_.make_room) hooks_.make_room(writer);
  if (!gathering_) gathering_ = std::make_shared<Group>(database_.batch());
  return *gathering_;
}

void Pipeline::await(const GroupPtr& group) {
  std::unique_lock lock(mutex_);
  while (!group->done) {
    // A group that is not done is either being written or the one that gathers.
    if (writing_) {
      group->changed.wait(lock);
    } else {
      lead(lock);
    }
  }
  if (group->failure) throw Error(*group->failure);
}

void Pipeline::lead(std::unique_lock<std::mutex>& lock) {
  const auto group = std::exchange(gathering_, nullptr);
  writing_ = true;
  lock.unlock();
  const auto failure = write_out(*group);
  lock.lock();
  writing_ = false;
  group->done = true;
  group->failure = failure;
  group->changed.notify_all();
  if (failure) give_up(*failure);
  // One of those who wait for the next group goes on to write it.
  if (gathering_) gathering_->changed.notify_one();
  if (!failure || !hooks_.on_broken) return;
  lock.unlock();
  hooks_.on_broken();
  lock.lock();
}

std::optional<Error> Pipeline::write_out(Group& group) {
  try {
    if (hooks_.before_write) hooks_.before_write();
    database_.write(group.batch, group.synced);
  } catch (const std::exception& error) {
    return Error(Code::unavailable, "StoreWriteFailed", error.what());
  }
  hub_.publish(std::move(group.after), std::move(group.notices));
  return std::nullopt;
}

/// A write failed: nobody knows what of it is on the disk, so nothing may be built on it.
void Pipeline::give_up(const Error& failure) {
  broken_ = failure;
  head_ = hub_.snapshot();
  if (!gathering_) return;
  const auto group = std::exchange(gathering_, nullptr);
  group->done = true;
  group->failure = failure;
  group->changed.notify_all();
}

}  // namespace town::store
