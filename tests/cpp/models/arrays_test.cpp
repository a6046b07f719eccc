#include "aisle/models/arrays.h"

#include <gtest/gtest.h>

namespace aisle::models {
namespace {

TEST(Arrays, GivesBackWhatWasPutAndNamesWhatWasNot) {
  Arrays arrays;
  arrays.put("weights", std::vector<double>{0.5, 2.0});
  const std::vector<ItemId> items{ItemId{3}, kNoItem};
  arrays.put("items", std::span(items));
  EXPECT_EQ(arrays.get<double>("weights"), (std::vector<double>{0.5, 2.0}));
  EXPECT_EQ(arrays.items("items"), items);
  EXPECT_THROW((void)arrays.get<float>("weights"), BundleError);
  EXPECT_THROW((void)arrays.get<double>("none"), BundleError);
}

TEST(Arrays, RefusesTypesOfEventsThatThereAreNot) {
  Arrays arrays;
  arrays.put("types", std::vector<std::uint8_t>{0, static_cast<std::uint8_t>(kEventTypes)});
  EXPECT_THROW((void)arrays.types("types"), BundleError);
}

}  // namespace
}  // namespace aisle::models
