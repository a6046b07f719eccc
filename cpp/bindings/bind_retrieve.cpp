#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/session_knn.h"
#include "bindings.h"

namespace aisle::bindings {
namespace {

using namespace retrieve;  // NOLINT(google-build-using-namespace): the room this file binds

void bind_knn_options(py::module_& m) {
  py::native_enum<Similarity>(m, "Similarity", "enum.IntEnum")
      .value("VEC", Similarity::vec)
      .value("COSINE", Similarity::cosine)
      .value("JACCARD", Similarity::jaccard)
      .finalize();
  py::native_enum<Weighting>(m, "Weighting", "enum.IntEnum")
      .value("SAME", Weighting::same)
      .value("DIV", Weighting::div)
      .value("LINEAR", Weighting::linear)
      .value("LOG", Weighting::log)
      .value("QUADRATIC", Weighting::quadratic)
      .value("EXPONENTIAL", Weighting::exponential)
      .value("VMIS", Weighting::vmis)
      .finalize();
  py::native_enum<Idf>(m, "Idf", "enum.IntEnum")
      .value("NONE", Idf::none)
      .value("ADDITIVE", Idf::additive)
      .value("VMIS", Idf::vmis)
      .finalize();
  py::class_<KnnOptions>(m, "KnnOptions")
      .def(py::init<>())
      .def_readwrite("k", &KnnOptions::k)
      .def_readwrite("sample_size", &KnnOptions::sample_size)
      .def_readwrite("max_items", &KnnOptions::max_items)
      .def_readwrite("similarity", &KnnOptions::similarity)
      .def_readwrite("weighting", &KnnOptions::weighting)
      .def_readwrite("weighting_score", &KnnOptions::weighting_score)
      .def_readwrite("lambda_spw", &KnnOptions::lambda_spw)
      .def_readwrite("lambda_ipw", &KnnOptions::lambda_ipw)
      .def_readwrite("lambda_snh", &KnnOptions::lambda_snh)
      .def_readwrite("lambda_inh", &KnnOptions::lambda_inh)
      .def_readwrite("least_near", &KnnOptions::least_near)
      .def_readwrite("idf", &KnnOptions::idf)
      .def_readwrite("idf_weighting", &KnnOptions::idf_weighting)
      .def_readwrite("drop_last", &KnnOptions::drop_last)
      .def_readwrite("newer_first", &KnnOptions::newer_first)
      .def("validate", &KnnOptions::validate);
}

void bind_co_visitation_options(py::module_& m) {
  py::class_<CoVisitationOptions>(m, "CoVisitationOptions")
      .def(py::init<>())
      .def_readwrite("neighbours", &CoVisitationOptions::neighbours)
      .def_readwrite("max_sessions", &CoVisitationOptions::max_sessions)
      .def_readwrite("distance", &CoVisitationOptions::distance)
      .def_readwrite("half_life", &CoVisitationOptions::half_life)
      .def_readwrite("k_anonymity", &CoVisitationOptions::k_anonymity)
      .def_readwrite("type_weight", &CoVisitationOptions::type_weight)
      .def("validate", &CoVisitationOptions::validate);
  py::class_<CoVisitationQuery>(m, "CoVisitationQuery")
      .def(py::init<>())
      .def_readwrite("last_items", &CoVisitationQuery::last_items)
      .def_readwrite("step_decay", &CoVisitationQuery::step_decay)
      .def_readwrite("backward", &CoVisitationQuery::backward)
      .def_readwrite("item_power", &CoVisitationQuery::item_power)
      .def_readwrite("popularity_power", &CoVisitationQuery::popularity_power);
}

}  // namespace

void bind_retrieve(py::module_& m) {
  bind_knn_options(m);
  bind_co_visitation_options(m);
}

}  // namespace aisle::bindings
