#include "aisle/journal/journal.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"
#include "aisle/journal/database.h"
#include "aisle/journal/packing.h"

namespace aisle::journal {
namespace {

namespace fs = std::filesystem;

std::string named(const char* what, auto number) {
  return std::string(what).append(std::to_string(number));
}

/// An entry with its own texts.
struct Kept {
  std::string visitor, item, session, event_id;
  Timestamp time = 0;
  float value = kNoValue;
  EventType type = EventType::view;
  [[nodiscard]] Entry entry() const {
    return {visitor, item, session, event_id, time, value, type};
  }
  bool operator==(const Kept& o) const {
    const bool same_value = value == o.value || (std::isnan(value) && std::isnan(o.value));
    return visitor == o.visitor && item == o.item && session == o.session &&
           event_id == o.event_id && time == o.time && same_value && type == o.type;
  }
};

class JournalTest : public ::testing::TestWithParam<Durability> {
 protected:
  JournalTest()
      : folder_(fs::temp_directory_path() /
                (named("aisle-journal-", ::getpid()) + "-" +
                 std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
    fs::create_directories(folder_);
  }
  ~JournalTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "shop.db").string(); }
  [[nodiscard]] JournalOptions options() const {
    return {.path = path(), .durability = GetParam()};
  }
  std::vector<Kept> read() const {
    Journal journal(options());
    std::vector<Kept> all;
    journal.replay([&](const Entry& one) {
      all.push_back({std::string(one.visitor), std::string(one.item), std::string(one.session),
                     std::string(one.event_id), one.time, one.value, one.type});
    });
    return all;
  }
  /// Whether any file of the state holds the bytes.
  [[nodiscard]] bool holds(const std::string& bytes) const {
    for (const auto& file : fs::directory_iterator(folder_)) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string all((std::istreambuf_iterator<char>(in)), {});
      if (all.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
  static std::vector<Kept> some(std::size_t count) {
    std::vector<Kept> all;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t draw = mix(i + 1);
      Kept one{.visitor = named("visitor-", draw % 300),
               .item = named("item-", (draw >> 16U) % 50),
               .session = draw % 3 == 0 ? named("s", draw % 7) : "",
               .event_id = draw % 2 == 0 ? named("e", i) : "",
               .time = static_cast<Timestamp>(1'700'000'000'000'000 + i),
               .type = static_cast<EventType>(draw % kEventTypes)};
      if (draw % 5 == 0) one.value = static_cast<float>(draw % 1000) / 8.0F;
      all.push_back(one);
    }
    return all;
  }

  fs::path folder_;
};

INSTANTIATE_TEST_SUITE_P(All, JournalTest,
                         ::testing::Values(Durability::none, Durability::async, Durability::sync));

TEST_P(JournalTest, GivesBackWhatWasTakenDownInItsOrder) {
  const auto all = some(5000);
  {
    Journal journal(options());
    for (const Kept& one : all) journal.append(one.entry());
  }  // closing writes what waits
  EXPECT_EQ(read(), all);
  {
    Journal journal(options());
    EXPECT_EQ(journal.written(), 5000U);
    journal.append(all.front().entry());
    journal.flush();
    EXPECT_EQ(journal.written(), 5001U);
  }
  EXPECT_EQ(read().size(), 5001U);
}

TEST_P(JournalTest, ErasesAVisitorFromEveryFile) {
  auto all = some(3000);
  all[1500].visitor = all[2999].visitor = "somebody-to-forget";
  Journal journal(options());
  for (std::size_t i = 0; i < 2000; ++i) journal.append(all[i].entry());
  journal.flush();
  EXPECT_TRUE(holds("somebody-to-forget"));
  for (std::size_t i = 2000; i < 3000; ++i) journal.append(all[i].entry());  // some still wait
  EXPECT_EQ(journal.erased(journal.erase("somebody-to-forget")), 2U);
  EXPECT_FALSE(holds("somebody-to-forget"));
  EXPECT_EQ(journal.erased(journal.erase("somebody-to-forget")), 0U);
  journal.close();
  EXPECT_FALSE(holds("somebody-to-forget"));
  std::erase_if(all, [](const Kept& one) { return one.visitor == "somebody-to-forget"; });
  EXPECT_EQ(read(), all);
}

TEST_P(JournalTest, LeavesNoByteOfManyThatWereErased) {
  const auto all = some(4000);
  Journal journal(options());
  for (const Kept& one : all) journal.append(one.entry());
  journal.flush();
  for (int v = 0; v < 300; v += 3) journal.erased(journal.erase(named("visitor-", v)));
  for (int v = 100; v < 300; ++v) {  // three digits: no other name begins with one
    EXPECT_EQ(holds(named("visitor-", v)), v % 3 != 0) << v;
  }
}

TEST_P(JournalTest, CountsErasuresThatAReaderHeldUp) {
  Journal journal(options());
  for (const char* const visitor : {"a", "b", "b"})
    journal.append({.visitor = visitor, .item = "i"});
  journal.flush();
  Database reader(path());
  reader.run("BEGIN");
  ASSERT_EQ(reader.number("SELECT count(*) FROM events"), 3);
  const auto first = journal.erase("a");
  EXPECT_THROW(journal.erased(first), StateError) << "the log is still read";
  const auto second = journal.erase("b");
  reader.run("COMMIT");
  EXPECT_EQ(journal.erased(second), 2U);
  EXPECT_EQ(journal.erased(first), 1U);
  EXPECT_EQ(journal.written(), 0U);
}

TEST_P(JournalTest, PrunesWhatIsOld) {
  const auto all = some(1000);
  Journal journal(options());
  for (const Kept& one : all) journal.append(one.entry());
  EXPECT_EQ(journal.erased(journal.prune(all[400].time)), 400U);
  EXPECT_EQ(journal.written(), 600U);
  journal.append(all[0].entry());
  journal.close();
  std::vector<Kept> left(all.begin() + 400, all.end());
  left.push_back(all[0]);
  EXPECT_EQ(read(), left);
}

TEST_P(JournalTest, KeepsFactsBesideEvents) {
  {
    Journal journal(options());
    EXPECT_EQ(journal.fact("arms"), "");
    journal.keep("arms", "first");
    journal.append({.visitor = "v", .item = "i"});
    journal.keep("arms", std::string("sec\0nd", 6));
    journal.wait(journal.keep("offers", "{}"));
    EXPECT_EQ(journal.written(), 1U);
  }
  Journal journal(options());
  EXPECT_EQ(journal.fact("arms"), std::string("sec\0nd", 6));
  EXPECT_EQ(journal.fact("offers"), "{}");
}

TEST_P(JournalTest, IsWrittenByManyThreads) {
  Journal journal(options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&journal, t] {
      const std::string visitor = named("t", t);
      for (int i = 0; i < 200; ++i) {
        const auto ticket = journal.append({.visitor = visitor, .item = "i", .time = i});
        if (i % 50 == 49) journal.wait(ticket);
        if (i % 100 == 99) journal.erased(journal.erase("nobody"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  journal.close();
  EXPECT_THROW(journal.append({.visitor = "v", .item = "i"}), StateError);
  const auto all = read();
  EXPECT_EQ(all.size(), 800U);
  for (int t = 0; t < 4; ++t) {
    Timestamp next = 0;
    for (const Kept& one : all) {
      if (one.visitor != named("t", t)) continue;
      EXPECT_EQ(one.time, next++);
    }
  }
}

TEST_P(JournalTest, IsOpenOnce) {
  const Journal journal(options());
  EXPECT_THROW(Journal second(options()), StateError);
}

TEST_P(JournalTest, RefusesWhatIsNoStateOrDamaged) {
  {
    std::ofstream(path())
        << "this is a letter, and long enough to be taken for a page of something";
  }
  EXPECT_THROW(Journal letter(options()), StateError);
  fs::remove(path());
  {
    Database other(path());
    other.run("CREATE TABLE theirs (x)");
  }
  EXPECT_THROW(Journal theirs(options()), StateError);
  fs::remove(path());
  {
    Journal journal(options());
    for (const Kept& one : some(100)) journal.append(one.entry());
  }
  {
    Database written(path());
    written.run("UPDATE events SET time = time + 1 WHERE seq = 42");
  }
  try {
    read();
    FAIL() << "a row with another time";
  } catch (const StateError& error) {
    EXPECT_NE(std::string(error.what()).find("seq 42"), std::string::npos) << error.what();
  }
  {
    Database written(path());
    written.run("PRAGMA user_version = 3");
  }
  EXPECT_THROW(Journal newer(options()), StateError);
}

TEST_P(JournalTest, RefusesAFolderThatIsNotThere) {
  EXPECT_THROW(
      Journal lost({.path = (folder_ / "no" / "shop.db").string(), .durability = GetParam()}),
      StateError);
}

TEST_P(JournalTest, GoesOnWhenItCanBeWrittenAgain) {
  Journal journal(options());
  journal.append({.visitor = "a", .item = "i", .time = 1});
  journal.flush();
  {
    Database limit(path());
    limit.run("BEGIN IMMEDIATE");
    const auto ticket = [&] {
      try {
        return journal.append({.visitor = "b", .item = "i", .time = 2});
      } catch (const StateError&) {
        return std::uint64_t{2};
      }
    }();
    EXPECT_THROW(journal.wait(ticket), StateError) << "nobody can write";
    limit.run("ROLLBACK");
  }
  journal.flush();
  journal.close();
  EXPECT_EQ(read().size(), 2U);
}

TEST(Packing, IsTurnedBack) {
  std::string packed;
  pack({.visitor = "v",
        .item = "",
        .session = "s",
        .event_id = "",
        .time = -5,
        .value = 2.5F,
        .type = EventType::cart},
       Deed::event, packed);
  pack({.visitor = "w", .item = "i"}, Deed::erase, packed);
  std::string_view rest = packed;
  Deed deed = Deed::erase;
  const Entry first = unpack(rest, deed);
  EXPECT_EQ(deed, Deed::event);
  EXPECT_EQ(first.visitor, "v");
  EXPECT_EQ(first.session, "s");
  EXPECT_EQ(first.time, -5);
  EXPECT_EQ(first.type, EventType::cart);
  EXPECT_EQ(unpack(rest, deed).visitor, "w");
  EXPECT_EQ(deed, Deed::erase);
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace aisle::journal
