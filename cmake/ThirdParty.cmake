# Where each third party comes from, in one place.

find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE) # libeigen3-dev
find_package(nlohmann_json 3.11 REQUIRED) # nlohmann-json3-dev
find_package(OpenMP REQUIRED)
find_package(BLAS REQUIRED) # libopenblas-dev
find_package(SQLite3 3.38 REQUIRED) # libsqlite3-dev
if(NOT TARGET SQLite3::SQLite3) # the name before CMake 4.3
  add_library(SQLite3::SQLite3 ALIAS SQLite::SQLite3)
endif()
find_package(faiss 1.7 REQUIRED) # libfaiss-dev: a static archive, baseline SSE (docs/decisions/0003)
if(AISLE_TESTS)
  find_package(GTest REQUIRED) # libgtest-dev
endif()
if(AISLE_BENCHMARKS)
  find_package(benchmark REQUIRED) # libbenchmark-dev
endif()
if(AISLE_PYTHON)
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
  if(NOT pybind11_DIR)
    execute_process(COMMAND ${Python_EXECUTABLE} -m pybind11 --cmakedir
                    OUTPUT_VARIABLE pybind11_DIR OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  set(PYBIND11_FINDPYTHON ON)
  find_package(pybind11 3.0 REQUIRED CONFIG)
endif()
