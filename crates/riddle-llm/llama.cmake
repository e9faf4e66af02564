# The crate that compiles llama.cpp asks for its common library by a default feature that its dependent cannot switch
# off. Nothing here calls it, and it takes longer to compile than the rest (ADR 13).
if(PROJECT_NAME STREQUAL "llama.cpp")
    set(LLAMA_BUILD_COMMON OFF CACHE BOOL "" FORCE)
endif()
