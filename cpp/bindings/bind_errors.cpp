#include "aisle/base/error.h"
#include "aisle/expression/expression_error.h"
#include "bindings.h"

namespace aisle::bindings {
namespace {

/// Makes `name(AisleError, builtin)`, so `except ValueError` and `except AisleError` both work.
PyObject* make_class(py::module_& m, const char* name, PyObject* base, PyObject* builtin) {
  const std::string qualified = std::string("aisle.") + name;
  const auto bases = py::make_tuple(py::handle(base), py::handle(builtin));
  PyObject* made = PyErr_NewException(qualified.c_str(), bases.ptr(), nullptr);
  if (made == nullptr) throw py::error_already_set();
  m.add_object(name, py::reinterpret_borrow<py::object>(made));
  return made;  // the module holds the other reference; this one lives as long as the process
}

PyObject* config_error = nullptr;
PyObject* expression_error = nullptr;
PyObject* data_error = nullptr;
PyObject* bundle_error = nullptr;
PyObject* state_error = nullptr;
PyObject* unknown_name_error = nullptr;
PyObject* aisle_error = nullptr;

}  // namespace

void bind_errors(py::module_& m) {
  aisle_error = PyErr_NewException("aisle.AisleError", PyExc_Exception, nullptr);
  if (aisle_error == nullptr) throw py::error_already_set();
  m.add_object("AisleError", py::reinterpret_borrow<py::object>(aisle_error));
  config_error = make_class(m, "ConfigError", aisle_error, PyExc_ValueError);
  expression_error = PyErr_NewException("aisle.ExpressionError", config_error, nullptr);
  if (expression_error == nullptr) throw py::error_already_set();
  m.add_object("ExpressionError", py::reinterpret_borrow<py::object>(expression_error));
  data_error = make_class(m, "DataError", aisle_error, PyExc_ValueError);
  bundle_error = make_class(m, "BundleError", aisle_error, PyExc_OSError);
  state_error = make_class(m, "StateError", aisle_error, PyExc_OSError);
  unknown_name_error = make_class(m, "UnknownNameError", aisle_error, PyExc_KeyError);
  // A KeyError prints its text as a repr, in quotes; ours is a sentence.
  py::setattr(unknown_name_error, "__str__", py::handle(PyExc_Exception).attr("__str__"));
  py::register_exception_translator([](std::exception_ptr raised) {
    try {
      if (raised) std::rethrow_exception(raised);
    } catch (const expression::ExpressionError& error) {
      const py::object made = py::handle(expression_error)(error.what());
      made.attr("line") = error.line();
      made.attr("column") = error.column();
      PyErr_SetObject(expression_error, made.ptr());
    } catch (const ConfigError& error) {
      PyErr_SetString(config_error, error.what());
    } catch (const DataError& error) {
      PyErr_SetString(data_error, error.what());
    } catch (const StateError& error) {
      PyErr_SetString(state_error, error.what());
    } catch (const BundleError& error) {
      PyErr_SetString(bundle_error, error.what());
    } catch (const UnknownNameError& error) {
      PyErr_SetString(unknown_name_error, error.what());
    } catch (const Error& error) {
      PyErr_SetString(aisle_error, error.what());
    }
  });
}

}  // namespace aisle::bindings
