// Several placements of one page at once: no item twice, the widget with the most to gain first.

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/engine/ask.h"
#include "aisle/slate/explain.h"
#include "aisle/slate/recommend.h"
#include "aisle/slate/worth.h"

namespace aisle::engine {
namespace {

/// A widget that may still come onto the page, and what its slate would be worth now.
struct Draft {
  std::size_t widget = 0;
  double value = 0.0;
  std::size_t excluded = 0;  // items that were taken when it was made
};

/// The widget that is worth most; of equal ones the first.
std::vector<Draft>::iterator best_of(std::vector<Draft>& drafts) {
  return std::ranges::max_element(drafts, [](const Draft& a, const Draft& b) {
    return a.value != b.value ? a.value < b.value : a.widget > b.widget;
  });
}

}  // namespace

// Greedy with lazy evaluation (Minoux 1978): what is excluded only lowers a widget's value, so that
// one which leads with a value of now leads.
void Engine::recommend_page(std::span<const Widget> widgets,
                            std::vector<PlacedSlate>& placed) const {
  placed.clear();
  if (widgets.empty()) throw ConfigError("a page needs at least one placement");
  ask(widgets.front().request,
      [&](const slate::Asked& first, const live::Live& now, const auto& live) {
        std::vector<std::string_view> taken(widgets.front().request.exclude.begin(),
                                            widgets.front().request.exclude.end());
        std::vector<std::uint64_t> numbers;
        for (const Widget& widget : widgets)
          numbers.push_back(slates_.next_number(hash_of(widget.request)));
        slate::Slate slate;
        slate::Request request;
        const auto make = [&](std::size_t widget) {
          request = widgets[widget].request;
          request.exclude = taken;
          request.wants_value = true;
          request.offers = nullptr;  // a page is made in drafts: nothing is set aside for them
          const slate::Asked asked{first.model, now.at(request.placement, request.market), request,
                                   first.work};
          people_.find_showings(asked, slates_);
          answer(now, asked, numbers[widget], slate);
          return asked;
        };
        std::vector<Draft> open;
        for (std::size_t widget = 0; widget < widgets.size(); ++widget) {
          make(widget);
          open.push_back({widget, widgets[widget].value * slate.expected, taken.size()});
          if (slate.items.empty()) open.pop_back();
        }
        while (!open.empty()) {
          const auto best = best_of(open);
          const slate::Asked asked = make(best->widget);
          if (slate.items.empty()) {
            open.erase(best);  // below its minimum without what stands elsewhere
            continue;
          }
          if (best->excluded != taken.size()) {
            best->value = widgets[best->widget].value * slate.expected;
            best->excluded = taken.size();
            if (best_of(open) != best) continue;  // another may be worth more now
          }
          request.offers = widgets[best->widget].request.offers;
          const slate::Asked made{first.model, now.at(slate.placement), request, first.work};
          slate::make_offers(made, slate);
          if (request.explain) slate.explanation = slate::explain(made, slate, live);
          keep(now, asked, slate);
          slate.live = live;
          for (const std::string_view id : slate.names) taken.push_back(id);
          placed.push_back({best->widget, best->value, slate});
          open.erase(best);
        }
      });
  requests_.fetch_add(widgets.size(), std::memory_order_relaxed);
}

}  // namespace aisle::engine
