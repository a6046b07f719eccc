# One function per concern. A room is a folder, a namespace and a library with one name.

add_library(aisle_house INTERFACE)
target_compile_features(aisle_house INTERFACE cxx_std_20)
target_include_directories(aisle_house INTERFACE ${PROJECT_SOURCE_DIR}/cpp)
target_compile_options(
  aisle_house
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
            -Wnon-virtual-dtor -Woverloaded-virtual)
if(AISLE_WERROR)
  target_compile_options(aisle_house INTERFACE -Werror)
endif()
if(AISLE_SANITIZE)
  string(REPLACE "+" "," _sanitizers "${AISLE_SANITIZE}")
  target_compile_options(aisle_house INTERFACE -fsanitize=${_sanitizers} -fno-omit-frame-pointer
                                               -fno-sanitize-recover=all)
  target_link_options(aisle_house INTERFACE -fsanitize=${_sanitizers})
endif()

# aisle_room(<name> DEPENDS <room>... SOURCES <file>... THIRD_PARTY <target>...)
function(aisle_room name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;SOURCES;THIRD_PARTY" ${ARGN})
  add_library(aisle_${name} STATIC ${ARG_SOURCES})
  add_library(aisle::${name} ALIAS aisle_${name})
  set_target_properties(aisle_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
                                                 CXX_VISIBILITY_PRESET hidden)
  list(TRANSFORM ARG_DEPENDS PREPEND aisle::)
  target_link_libraries(aisle_${name} PUBLIC aisle_house ${ARG_DEPENDS} PRIVATE ${ARG_THIRD_PARTY})
endfunction()

# aisle_test(<room> SOURCES <file>...): one test binary per room, which links only that room.
function(aisle_test room)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_executable(${room}_test ${ARG_SOURCES})
  target_link_libraries(${room}_test PRIVATE aisle::${room} GTest::gtest GTest::gtest_main)
  add_test(NAME ${room} COMMAND ${room}_test)
endfunction()
