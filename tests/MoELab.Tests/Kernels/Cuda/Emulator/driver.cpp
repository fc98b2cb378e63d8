// A stand-in for libcuda.so.1: the functions that the host calls, with the signatures of cuda.h, on the processor's memory. Kernels run in
// the emulator's modules, which MOELAB_STANDIN_MODULES lists; MOELAB_STANDIN_FAULT names a fault to show.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <string>
#include <vector>

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;

struct Function { std::string name; int shared; };
struct Event { bool recorded; };

static const unsigned char Poison = 0xff;
static std::map<CUdeviceptr, size_t> memory;
static bool current, alive = true;

typedef const char* (*Launch)(const char*, const unsigned*, unsigned, unsigned, unsigned, void**);

static bool fault(const char* name)
{
    const char* wanted = getenv("MOELAB_STANDIN_FAULT");
    return wanted && strcmp(wanted, name) == 0;
}

static int MostShared() { return (fault("hopper") ? 227 : 163) << 10; }

static const std::vector<Launch>& modules()
{
    static std::vector<Launch> all;
    if (all.empty())
    {
        std::string paths = getenv("MOELAB_STANDIN_MODULES"), path;
        for (size_t at = 0, end; at < paths.size(); at = end + 1)
        {
            end = paths.find(':', at) == std::string::npos ? paths.size() : paths.find(':', at);
            void* library = dlopen(paths.substr(at, end - at).c_str(), RTLD_NOW | RTLD_LOCAL);
            all.push_back((Launch)dlsym(library, "moelab_launch"));
        }
    }
    return all;
}

// Whether bytes lie inside one allocation.
static bool inside(CUdeviceptr pointer, size_t bytes)
{
    auto after = memory.upper_bound(pointer);
    if (after == memory.begin())
        return false;
    auto block = --after;
    return pointer + bytes <= block->first + block->second;
}

enum { InvalidValue = 1, OutOfMemory = 2, NoDevice = 100, InvalidContext = 201, InvalidImage = 200, NotFound = 500, IllegalAddress = 700 };

extern "C" {

CUresult cuInit(unsigned flags) { return flags != 0 ? InvalidValue : fault("no GPU") ? NoDevice : 0; }
CUresult cuDriverGetVersion(int* version) { *version = fault("old driver") ? 11040 : 12040; return 0; }
CUresult cuGetErrorName(CUresult error, const char** name) { *name = error == NotFound ? "CUDA_ERROR_NOT_FOUND" : "CUDA_ERROR"; return 0; }
CUresult cuGetErrorString(CUresult error, const char** text) { *text = error == NotFound ? "named symbol not found" : "a fault of the stand-in"; return 0; }
CUresult cuDeviceGetCount(int* count) { *count = 1; return 0; }
CUresult cuDeviceGet(CUdevice* device, int ordinal) { *device = 7; return ordinal == 0 ? 0 : InvalidValue; }

CUresult cuDeviceGetName(char* name, int length, CUdevice device)
{
    strncpy(name, "Stand-in", length);
    return device == 7 ? 0 : InvalidValue;
}

CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device)
{
    *value = attribute == 75 ? (fault("old GPU") ? 7 : fault("hopper") ? 9 : 8) : attribute == 76 ? (fault("old GPU") ? 5 : 0) : attribute == 16 ? 4 : attribute == 97 ? MostShared() : -1;
    return device == 7 && *value >= 0 ? 0 : InvalidValue;
}

CUresult cuDevicePrimaryCtxRetain(void** context, CUdevice device) { *context = &current; return device == 7 ? 0 : InvalidValue; }
CUresult cuCtxSetCurrent(void* context) { current = context == &current; return current ? 0 : InvalidContext; }
CUresult cuCtxSynchronize() { return current ? 0 : InvalidContext; }

CUresult cuModuleLoadData(void** module, const void* image)
{
    *module = new int(0);
    return !current ? InvalidContext : memcmp(image, "\x7f" "ELF", 4) != 0 || fault("bad image") ? InvalidImage : 0;
}

CUresult cuModuleGetFunction(void** function, void* module, const char* name)
{
    *function = new Function{name, 48 << 10};
    return module ? 0 : InvalidValue;
}

CUresult cuFuncSetAttribute(void* function, int attribute, int value)
{
    if (attribute != 8 || value > MostShared())
        return InvalidValue;
    ((Function*)function)->shared = value;
    return 0;
}

CUresult cuLaunchKernel(void* handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream, void** arguments, void** extra)
{
    Function* function = (Function*)handle;
    if (!current || !alive)
        return alive ? InvalidContext : IllegalAddress;
    if ((int)shared > function->shared || by != 1 || bz != 1 || stream || extra || gx == 0 || gy == 0 || gz == 0)
        return InvalidValue;
    unsigned grid[] = {gx, gy, gz};
    for (Launch launch : modules())
    {
        const char* message = launch(function->name.c_str(), grid, bx, shared, 1, arguments);
        // The last byte of an allocation belongs to the guard behind the array.
        if (!message && fault("stray write"))
            ((unsigned char*)memory.rbegin()->first)[memory.rbegin()->second - 1] = 0;
        if (!message)
            return 0;
        if (strcmp(message, "no such kernel") != 0)
        {
            alive = false;
            return IllegalAddress;
        }
    }
    return NotFound;
}

CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes)
{
    if (!current || bytes == 0 || fault("full memory"))
        return !current ? InvalidContext : bytes == 0 ? InvalidValue : OutOfMemory;
    void* block = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(block, Poison, bytes);
    memory[*pointer = (CUdeviceptr)block] = bytes;
    return 0;
}

CUresult cuMemFree_v2(CUdeviceptr pointer)
{
    if (memory.erase(pointer) != 1)
        return InvalidValue;
    free((void*)pointer);
    return 0;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes)
{
    if (!inside(to, bytes))
        return InvalidValue;
    memcpy((void*)to, from, bytes);
    return 0;
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes)
{
    if (!inside(from, bytes))
        return InvalidValue;
    memcpy(to, (void*)from, bytes);
    return 0;
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void* stream)
{
    if (!inside(to, bytes) || !inside(from, bytes) || stream)
        return InvalidValue;
    memcpy((void*)to, (void*)from, bytes);
    return 0;
}

CUresult cuMemsetD8Async(CUdeviceptr pointer, unsigned char value, size_t bytes, void* stream)
{
    if (!inside(pointer, bytes) || stream)
        return InvalidValue;
    memset((void*)pointer, value, bytes);
    return 0;
}

CUresult cuEventCreate(void** event, unsigned flags) { *event = new Event{false}; return flags == 0 ? 0 : InvalidValue; }
CUresult cuEventRecord(void* event, void* stream) { ((Event*)event)->recorded = true; return stream ? InvalidValue : 0; }
CUresult cuEventSynchronize(void* event) { return ((Event*)event)->recorded ? 0 : InvalidValue; }
CUresult cuEventElapsedTime(float* milliseconds, void* start, void* end) { *milliseconds = 2.5f; return ((Event*)start)->recorded && ((Event*)end)->recorded ? 0 : InvalidValue; }
CUresult cuEventDestroy_v2(void* event) { delete (Event*)event; return 0; }

}
